"""Text from devices, made safe to store: no control characters, bounded. Pure."""

from __future__ import annotations

import re
from typing import Final

from logix_common.errors import InvalidInput

#: C0 and C1 controls but for tab: PostgreSQL takes no NUL, and a terminal obeys the others.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def key(where: str, text: str, limit: int, pattern: re.Pattern[str] | None = None) -> str:
    """Text that identifies something: refused rather than altered when it does not fit."""
    if not text or len(text) > limit or _CONTROL.search(text):
        raise InvalidInput(where, f"expected 1 to {limit} characters without control characters")
    if pattern and not pattern.fullmatch(text):
        raise InvalidInput(where, f"expected text of the form {pattern.pattern}, got {text[:40]!r}")
    return text


def prose(text: str, limit: int) -> str:
    """Text that only people read: control characters become U+FFFD and what is too long is cut.

    A fault must not be refused because its evidence quotes a program that printed an escape.
    """
    return _CONTROL.sub("�", text[:limit])
