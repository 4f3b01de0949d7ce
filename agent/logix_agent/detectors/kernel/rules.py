"""A wording of the kernel and what it means. Pure.

A wording is looked for only in lines that hold one of its plain words, so that a log costs one pass of
substring searches; no pattern backtracks over more than a bounded piece.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from logix_common.findings import Severity

STOPPED: Final = Severity.STOPPED
REPLACE: Final = Severity.NEEDS_REPLACEMENT
AT_TIMES: Final = Severity.FROM_TIME_TO_TIME

HOUR: Final = 3_600.0
DAY: Final = 86_400.0
WEEK: Final = 7 * DAY
#: Until the next boot: what a restart ends, and nothing else.
THIS_BOOT: Final = 0.0

#: What a rule is about, when the line tells no more.
KERNEL: Final = "system:kernel"


@dataclass(frozen=True, slots=True)
class Rule:
    """`words`: one of them stands in every line that fits `pattern`.

    `subject`: how the part is named, with the pattern's named groups ("raid:{md}"); what begins with "disk:",
    "filesystem:" or "ata:" is looked up by `walk`. `pattern` may name a group `n`: the count that the line tells.
    `early`: a sign that may be old history. `lasts`: seconds without another such line after which it is over.
    """

    code: str
    level: Severity
    pattern: re.Pattern[str]
    words: tuple[str, ...]
    subject: str
    early: bool = False
    lasts: float = WEEK
    program: str = "kernel"


def rule(
    code: str,
    level: Severity,
    subject: str,
    pattern: str,
    *words: str,
    early: bool = False,
    lasts: float = WEEK,
    program: str = "kernel",
) -> Rule:
    """A rule, its pattern compiled; without `words` the pattern is a plain text and its own word."""
    compiled = re.compile(pattern if words else re.escape(pattern))
    return Rule(code, level, compiled, words or (pattern,), subject, early, lasts, program)
