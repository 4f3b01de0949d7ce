"""Who hears of an unanswered ticket, as the settings write it: "profesyonel 1 80% manager page". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

PACKAGES: Final = ("temel", "standart", "profesyonel")
LEVELS: Final = (1, 2, 3)
MOST_RULES: Final = 100
MOST_PERCENT: Final = 1_000
ANY: Final = "*"
_EXAMPLE: Final = 'expected a step such as "profesyonel 1 80% manager page"'
_PERCENT: Final = re.compile(r"([0-9]{1,4})%\Z")
WordT = TypeVar("WordT", bound=StrEnum)


class Who(StrEnum):
    """Who hears of it."""

    ASSIGNEE = "assignee"  # where nobody is assigned: who is on call
    ON_CALL = "oncall"
    MANAGER = "manager"  # every vendor manager


class How(StrEnum):
    """How they hear of it."""

    MAIL = "mail"
    PAGE = "page"


class When(StrEnum):
    """When a step may be carried out; one that falls outside waits for its time."""

    ALWAYS = "always"
    OFFICE_HOURS = "office-hours"
    OUTSIDE_HOURS = "outside-hours"


@dataclass(frozen=True)
class Rule:
    """A step of the tickets of some packages and levels, at `percent` of the response time."""

    packages: frozenset[str]
    levels: frozenset[int]
    percent: int
    who: Who
    how: How
    when: When

    def holds_for(self, package: str, level: int) -> bool:
        """Whether it is a step of such a ticket."""
        return package in self.packages and level in self.levels


def rules_of(texts: Iterable[str]) -> tuple[Rule, ...]:
    """The steps that `texts` write, by percent. Raises `ValueError`."""
    rules = [rule_of(text) for text in texts]
    if len(rules) > MOST_RULES:
        raise ValueError(f"expected at most {MOST_RULES} steps, got {len(rules)}")
    return tuple(sorted(rules, key=lambda rule: rule.percent))


def rule_of(text: str) -> Rule:
    """PACKAGE LEVEL PERCENT% WHO HOW [WHEN]; "*" is every package or level. Raises `ValueError`.

    Without WHEN a page goes out at any hour, and mail in office hours, but to who is on call at once.
    """
    words = text.lower().split()
    if len(words) not in (5, 6):
        raise ValueError(f"{_EXAMPLE}, got {text!r}")
    who, how = _word(Who, words[3], text), _word(How, words[4], text)
    at_once = how is How.PAGE or who is Who.ON_CALL
    usual = When.ALWAYS if at_once else When.OFFICE_HOURS
    return Rule(
        frozenset(PACKAGES if words[0] == ANY else [_one_of(PACKAGES, words[0], text)]),
        frozenset(LEVELS if words[1] == ANY else [int(_one_of(("1", "2", "3"), words[1], text))]),
        _percent(words[2], text),
        who,
        how,
        _word(When, words[5], text) if len(words) == 6 else usual,
    )


def _percent(word: str, text: str) -> int:
    found = _PERCENT.match(word)
    if found is None or int(found[1]) > MOST_PERCENT:
        raise ValueError(f"expected a part of the response time from 0% to {MOST_PERCENT}%, got {text!r}")
    return int(found[1])


def _one_of(words: tuple[str, ...], word: str, text: str) -> str:
    if word not in words:
        raise ValueError(f"expected one of {', '.join(words)} or *, got {word!r} in {text!r}")
    return word


def _word(kind: type[WordT], word: str, text: str) -> WordT:
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise ValueError(f"expected one of {known}, got {word!r} in {text!r}") from None
