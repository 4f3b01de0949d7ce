"""Which level a fault gives a ticket (PRI). Pure. 1 is the most critical."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from logix_common.errors import InvalidInput
from logix_common.findings import CODES, Severity

#: The rows that give a level; PRI-8 says how a level is handled (Reading 19).
QUESTIONS: Final = ("PRI-1", "PRI-2", "PRI-3", "PRI-4", "PRI-5", "PRI-6", "PRI-7")

#: Whoever answers this row reports a fault of hardware, which stands on the warranty too (Reading 6).
HARDWARE: Final = "PRI-4"
#: What is asked of a request that answers no question: the least that PRI-6 knows.
UNANSWERED: Final = "PRI-6"


@dataclass(frozen=True)
class Level:
    """A level and the rows that give it."""

    level: int
    clauses: tuple[str, ...]


def is_hardware(code: str) -> bool:
    """Whether a fault of this code is one of hardware; a code newer than ours is taken for one.

    The mistake that opens a ticket under warranty is the lesser one.
    """
    entry = CODES.get(code)
    return entry is None or entry.hardware


def level_of(code: str, severity: int) -> Level:
    """The level of one fault: hardware by PRI-4, application and system by PRI-3.

    The agent's severities are the words of PRI-4 ("stopped", "needs replacement", "from time to time");
    PRI-3's ("stopped", "some features do not work", "not quite as it should") stand in the same order.
    """
    return Level(Severity(severity).value, ("PRI-4" if is_hardware(code) else "PRI-3",))


def most_critical(levels: Iterable[Level]) -> Level:
    """The most critical wins (Reading 20); rows that give the same level are all cited."""
    listed = list(levels)
    level = min(entry.level for entry in listed)
    cited = (clause for entry in listed if entry.level == level for clause in entry.clauses)
    return Level(level, tuple(dict.fromkeys(cited)))


def level_of_answers(answers: Mapping[str, int]) -> Level:
    """The level that a person's answers give a ticket: {row: level}, the most critical wins (Reading 20).

    Raises `InvalidInput` for a row that is no question, a level that is none, and for no answer at all.
    """
    for row, level in answers.items():
        if row not in QUESTIONS:
            raise InvalidInput(row, f"expected one of {', '.join(QUESTIONS)}")
        if type(level) is not int or level not in (1, 2, 3):
            raise InvalidInput(row, f"expected level 1, 2 or 3, got {level}")
    if not answers:
        raise InvalidInput("level", "expected an answer to at least one of PRI-1 to PRI-7")
    return most_critical(Level(level, (row,)) for row, level in sorted(answers.items()))


def level_of_request(answers: Mapping[str, int]) -> Level:
    """The same for a request; one without any answer (a mail) gets level 3 by PRI-6 until people say more."""
    return level_of_answers(answers) if answers else Level(3, (UNANSWERED,))


def level_after_answers(present: Level, before: Mapping[str, int], after: Mapping[str, int]) -> Level | None:
    """The level that answers raise a ticket to; None where they do not.

    Only what is answered more critically than before counts: an engineer who lowered a level with a
    reason is not overruled by the same answer given again. Less critical answers lower nothing either;
    that is an engineer's word.
    """
    graver = {row: level for row, level in after.items() if level < before.get(row, 4)}
    if not graver:
        return None
    found = level_of_answers(graver)
    return found if found.level < present.level else None
