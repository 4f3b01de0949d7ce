"""New units get tokens, which an authority stands behind: the one of the command's tests."""

from __future__ import annotations

from tests.server.cli.conftest import console

__all__ = ["console"]
