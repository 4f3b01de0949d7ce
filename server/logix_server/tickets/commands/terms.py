"""`logix-server terms deadline`: the response clock asked by programs; `decide` is the contract's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from logix_server.contracts.decisions.decision_facts import deadline_question
from logix_server.contracts.terms_cli import answer_all, office_by_settings, terms, told
from logix_server.contracts.working_time.closures import calendar_around
from logix_server.contracts.working_time.office_hours import Office
from logix_server.tickets.decisions import sla
from logix_server.tickets.decisions.sla import InForce

__all__ = ["terms"]

_ADDED: Final = frozenset({"deadline"})


@terms.command("deadline")
def deadline() -> None:
    """Answer {"package", "level", "opened_at"} with "deadline"; null = no committed time.

    A line that cannot be answered comes back with "error", and the exit code is 1.
    """
    working = office_by_settings()
    answer_all(lambda line: _deadline(line, working), _ADDED)


def _deadline(line: Mapping[str, Any], working: Office) -> dict[str, Any]:
    asked = deadline_question(line)
    opening = InForce(asked.opened_at, asked.level, asked.package)
    clock = sla.response([opening], calendar_around(asked.opened_at, asked.opened_at, working))
    return {"deadline": told(clock.deadline)}
