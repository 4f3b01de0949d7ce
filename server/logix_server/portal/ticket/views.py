"""The ticket page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.contracts import wording
from logix_server.knowledge.queries import suggested
from logix_server.portal.pages import page
from logix_server.portal.replacements.on_ticket import of_ticket
from logix_server.portal.ticket import clauses, forms
from logix_server.portal.ticket.evidence import evidence
from logix_server.portal.ticket.history import answers_in_words, entries
from logix_server.portal.time_left import Clock, time_left
from logix_server.tickets.escalation.direct_access import who_may_be_called
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.reading import TicketPage, ticket_page


@dataclass(frozen=True)
class Back:
    """A form that was not taken. `unseen`: the events that its writer had not seen."""

    filled: Mapping[str, forms.Act] = field(default_factory=dict)
    status: int = 200
    unseen: Collection[int] = ()


@page(Right.SEE_INTERNAL)
def shown(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Everything about one ticket."""
    return rendered(request, viewer, number, datetime.now(UTC))


def rendered(
    request: HttpRequest,
    viewer: Viewer,
    number: str,
    now: datetime,
    back: Back | None = None,
) -> HttpResponse:
    """The page; with `back`, what was sent and not taken stands in its form."""
    back = back or Back()
    found = ticket_page(viewer, number, now)
    language = (get_language() or "tr")[:2]
    ticket = found.ticket
    called = who_may_be_called(viewer, number, now)
    cited = [*ticket.clauses, *ticket.level_clauses, *found.response.clauses]
    context: dict[str, Any] = {
        "page": found,
        "ticket": ticket,
        "left": _left(found, now),
        "history": entries(found.lines, language),
        "faults": evidence(viewer, [fault.id for fault in found.faults], language),
        "cited": clauses.explained(cited, ticket.level),
        "articles": suggested(viewer, [fault.code for fault in found.faults], ticket.unit.model, language),
        "answers": answers_in_words(found.answers),
        "called": called,
        "call_clauses": called.decision.clauses,
        "call_sentences": [wording.sentence(reason, language) for reason in called.decision.reasons],
        "of_ticket": of_ticket(viewer, found, now),
        "unseen": back.unseen,
        "open_form": next(iter(back.filled), ""),
    }
    if found.may_handle:
        context["forms"] = forms.fresh_forms(found) | dict(back.filled)
    return render(request, "portal/ticket/ticket.html", context, status=back.status)


def _left(found: TicketPage, now: datetime) -> Any:
    response = found.response
    ended = found.ticket.state in (TicketState.SOLVED, TicketState.CLOSED)
    clock = Clock(response.deadline, response.met_at, response.breached_at, ended, response.paused)
    return time_left(clock, now)
