"""A ticket's page for the customer and its dealer: what is public, and what they may do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from logix_common.findings import title_of

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import VENDOR, Right, may
from logix_server.contracts import wording
from logix_server.knowledge.queries import suggested
from logix_server.portal import words
from logix_server.portal.customer import clocks, forms
from logix_server.portal.customer.history import STATE_SENTENCES, entries
from logix_server.portal.customer.offered import Refusal
from logix_server.portal.pages import page
from logix_server.portal.replacements.on_ticket import of_ticket
from logix_server.portal.ticket import clauses
from logix_server.portal.ticket.forms import Act
from logix_server.portal.ticket.history import answers_in_words
from logix_server.tickets.decisions.reopening import Comes, message_comes
from logix_server.tickets.escalation.direct_access import who_may_be_called
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.reading import TicketPage, ticket_page


@dataclass(frozen=True)
class Back:
    """A form that was not taken, what its writer had not seen, and the contract's no, where it said one."""

    filled: Mapping[str, Act] = field(default_factory=dict)
    status: int = 200
    unseen: Collection[int] = ()
    refusal: Refusal | None = None


@page(Right.WRITE_TO_TICKET)
def shown(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The ticket as those see it whose ticket it is."""
    return rendered(request, viewer, number, datetime.now(UTC))


def rendered(
    request: HttpRequest, viewer: Viewer, number: str, now: datetime, back: Back | None = None
) -> HttpResponse:
    """The page; with `back`, what was sent and not taken stands in its form."""
    back = back or Back()
    found = ticket_page(viewer, number, now)
    ticket = found.ticket
    reporter = ticket.reporter
    context: dict[str, Any] = {
        "page": found,
        "ticket": ticket,
        "state_sentence": words.called(STATE_SENTENCES, ticket.state),
        "committed": clocks.of_page(found, now),
        "history": entries(found.lines),
        "faults": faults_of(found),
        "level_rows": clauses.explained(ticket.level_clauses, ticket.level),
        "cited": clauses.explained([*ticket.clauses, *found.response.clauses], ticket.level),
        "answers": answers_in_words(found.answers),
        "reporter": found.reporter if reporter is not None and reporter.role not in VENDOR else "",
        "several_customers": viewer.role == "dealer",
        "comes": _comes(found, now),
        "articles": suggested(
            viewer, [fault.code for fault in found.faults], ticket.unit.model, viewer.language
        ),
        "of_ticket": of_ticket(viewer, found, now),
        "unseen": back.unseen,
        "refusal": back.refusal,
        "open_form": next(iter(back.filled), ""),
        "forms": _forms(viewer, found) | dict(back.filled),
        **_calling(viewer, number, now),
    }
    return render(request, "portal/customer/ticket.html", context, status=back.status)


def faults_of(found: TicketPage) -> list[tuple[Any, str]]:
    """The findings that the ticket is about, by their names; their readings are ours."""
    language = (get_language() or "tr")[:2]
    return [(fault, title_of(fault.code, language)) for fault in found.faults]


def parts_of(found: TicketPage) -> list[tuple[str, str]]:
    """What a replacement can be asked for: each part that is found faulty, with the finding's name."""
    named = {fault.part: f"{title} ({fault.part})" for fault, title in faults_of(found)}
    return list(named.items())


def _comes(found: TicketPage, now: datetime) -> str:
    """What a message does now: "added", "reopened" or "followed"."""
    state = TicketState(found.ticket.state)
    comes = message_comes(state, found.ticket.state_at, now)
    return Comes.ADDED.value if comes is Comes.TAKEN_UP else comes.value


def _calling(viewer: Viewer, number: str, now: datetime) -> dict[str, Any]:
    """Whether an engineer may be called, and on which numbers (MAT-11)."""
    language = (get_language() or "tr")[:2]
    found = who_may_be_called(viewer, number, now)
    sentences = dict.fromkeys(wording.sentence(reason, language) for reason in found.decision.reasons)
    return {
        "call_sentences": list(sentences),
        "call_clauses": found.decision.clauses,
        "call_allowed": found.decision.allowed,
        "call_phones": [duty.called.phone for duty in found.people if duty.called.phone],
    }


def _forms(viewer: Viewer, found: TicketPage) -> dict[str, Act]:
    """What may be done now, each a form."""
    state, seen = found.ticket.state, {"seen": found.last_event}
    if not found.may_write:
        return {}
    made = {"message": forms.fresh("message", seen)}
    if state != TicketState.CLOSED:
        made["attach"] = forms.fresh("attach", seen)
    if state not in (TicketState.SOLVED, TicketState.CLOSED):
        answered = {row: str(level) for row, level in found.answers.items()}
        made["answers"] = forms.fresh("answers", seen | answered)
    if state != TicketState.CLOSED and may(viewer, Right.REQUEST_SERVICE):
        made["replacement"] = forms.fresh("replacement", seen, parts=parts_of(found))
        made["visit"] = forms.fresh("visit", seen)
    return made
