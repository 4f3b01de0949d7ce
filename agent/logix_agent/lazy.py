"""Modules loaded when they are first used: what a machine lacks then costs the resident agent nothing."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any


class _Lazy:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


def lazily(package: str, *names: str) -> Iterator[_Lazy]:
    """Stand-ins for modules of `logix_agent.<package>`; import them under TYPE_CHECKING as well."""
    return (_Lazy(f"logix_agent.{package}.{name}") for name in names)
