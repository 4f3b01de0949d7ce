"""`logix-server terms decide`: the support terms asked by programs, line by line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import click

from logix_server import console
from logix_server.contracts import wording
from logix_server.contracts.decisions import coverage
from logix_server.contracts.decisions.decision_facts import question
from logix_server.contracts.working_time import closures, office
from logix_server.contracts.working_time.office import Changes
from logix_server.contracts.working_time.office_hours import Office
from logix_server.json_lines import Answer, answer_lines

#: The offset of Türkiye; answers say their times with it.
OFFSET: Final = timezone(timedelta(hours=3))
_ADDED: Final = frozenset({"allowed", "clauses", "reason", "until"})


@click.group(cls=console.Group)
def terms() -> None:
    """The support terms as answers: JSON lines on standard input, each written back with its answer."""


@terms.command("decide")
def decide() -> None:
    """Answer {"action", "at", "facts"} with "allowed", "clauses", "reason" and "until".

    A line that cannot be answered comes back with "error", and the exit code is 1. Blank lines are
    passed over. Working time is that of the settings and of the public holidays; the database is not read.
    """
    working = office_by_settings()
    answer_all(lambda line: decided(line, working), _ADDED)


def answer_all(answer: Answer, added: frozenset[str]) -> None:
    """Answer standard input on standard output; exit code 1 where a line was bad."""
    if answer_lines(sys.stdin.buffer, sys.stdout.buffer, answer, added):
        sys.exit(1)


def told(moment: datetime | None) -> str | None:
    """A moment in an answer, +03:00."""
    return None if moment is None else moment.astimezone(OFFSET).isoformat()


def office_by_settings() -> Office:
    """The office's calendar without the closures that administrators recorded."""
    hours = closures.office_hours()
    return lambda first, last: office.calendar_of(hours, Changes(), first, last)


def decided(line: Mapping[str, Any], working: Office) -> dict[str, Any]:
    """The four answers to one line. Raises `InvalidInput`."""
    asked = question(line)
    decision = coverage.decide(asked.facts, asked.action, asked.at, asked.circumstances, working)
    return {
        "allowed": decision.allowed,
        "clauses": list(decision.clauses),
        "reason": wording.sentences(decision.reasons),
        "until": told(decision.until),
    }
