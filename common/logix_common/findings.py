"""What a hardware finding may say: components, codes, severities, bounds.

A code is append-only; its text (title and advice, Turkish and English) lives in this package's
gettext catalogue, so that the appliance's own console and the support desk say the same.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from logix_common.fault_codes import CODES
from logix_common.fault_codes.entry import N_, Component, FindingCode

__all__ = [
    "CODES",
    "MAX_EVIDENCE",
    "MAX_OPEN_FINDINGS",
    "MAX_RELATED",
    "MAX_TEXT",
    "N_",
    "Component",
    "Event",
    "Evidence",
    "FindingCode",
    "Severity",
    "advice_of",
    "title_of",
]


class Severity(IntEnum):
    """How bad it is, in the words of PRI-4. Lower is worse."""

    STOPPED = 1
    NEEDS_REPLACEMENT = 2
    FROM_TIME_TO_TIME = 3


class Event(StrEnum):
    """What a device says of a finding."""

    RAISED = "raised"
    CHANGED = "changed"  # severity or evidence is another
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of proof; `line` holds the source's own words."""

    source: str
    name: str
    value: str
    limit: str = ""
    line: str = ""


#: Bounds of one finding, and of a full state: the server refuses one that holds more findings.
MAX_OPEN_FINDINGS: Final = 1_000
MAX_EVIDENCE: Final = 32
MAX_RELATED: Final = 32
MAX_TEXT: Final = 512


@cache
def _translation(language: str) -> gettext.NullTranslations:
    return gettext.translation(
        "logix_common", Path(__file__).parent / "locale", languages=[language], fallback=True
    )


def title_of(code: str, language: str) -> str:
    """The one-line title of `code` in "tr" or "en"; an unknown (newer) code is shown as it is."""
    entry = CODES.get(code)
    return _translation(language).gettext(entry.title) if entry else code


def advice_of(code: str, language: str) -> str:
    """What an engineer should do; "" for an unknown code."""
    entry = CODES.get(code)
    return _translation(language).gettext(entry.advice) if entry else ""
