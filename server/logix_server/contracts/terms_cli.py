"""`logix-server terms decide`: the support terms asked by programs, line by line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import click

from logix_server import console
from logix_server.contracts import coverage, wording
from logix_server.contracts.decision_facts import question
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
    passed over.
    """
    answer_all(_decided, _ADDED)


def answer_all(answer: Answer, added: frozenset[str]) -> None:
    """Answer standard input on standard output; exit code 1 where a line was bad."""
    if answer_lines(sys.stdin.buffer, sys.stdout.buffer, answer, added):
        sys.exit(1)


def told(moment: datetime | None) -> str | None:
    """A moment in an answer, +03:00."""
    return None if moment is None else moment.astimezone(OFFSET).isoformat()


def _decided(line: Mapping[str, Any]) -> dict[str, Any]:
    asked = question(line)
    decision = coverage.decide(asked.facts, asked.action, asked.at, asked.circumstances)
    return {
        "allowed": decision.allowed,
        "clauses": list(decision.clauses),
        "reason": wording.sentences(decision.reasons),
        "until": told(decision.until),
    }
