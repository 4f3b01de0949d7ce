"""The agent's own texts in the operator's language: msgids are English, Turkish lies in the catalogue."""

from __future__ import annotations

import gettext as catalogues
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def language(environment: Mapping[str, str] | None = None) -> str:
    """The operator's language, "tr" or "en": LC_ALL, LC_MESSAGES, LANG in the order of locale(7)."""
    values = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if values.get(name):
            return "tr" if values[name].lower().startswith("tr") else "en"
    return "en"


@cache
def translation(language: str) -> catalogues.NullTranslations:
    """The catalogue of a language; English where there is none."""
    return catalogues.translation(
        "logix_agent", Path(__file__).parent / "locale", languages=[language], fallback=True
    )


def printable(line: str) -> str:
    """`line` without what a terminal would obey: servers and disks wrote parts of it."""
    return _UNPRINTABLE.sub("\ufffd", line)


def gettext(message: str) -> str:
    """`message` in the operator's language."""
    return translation(language()).gettext(message)


_ = gettext


def said(error: BaseException) -> str:
    """An error as the operator reads it, fit for a terminal."""
    return printable(_said(error))


def _said(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        if isinstance(error, PermissionError) and os.geteuid() != 0:
            return _("{problem} (run it as root, as the agent itself runs)").format(problem=said)
        return said
    return str(error) or type(error).__name__
