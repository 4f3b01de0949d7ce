"""What a ticket's pages and the ticket have to do with each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from logix_server.accounts.access import actor_of
from logix_server.oncall import pages, queries
from logix_server.oncall.models import Page
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.escalation import mails
from logix_server.tickets.escalation.actions import ABOUT
from logix_server.tickets.escalation.watching import look_again
from logix_server.tickets.events import lock_installation, note
from logix_server.tickets.models import Ticket
from logix_server.tickets.queries import open_tickets


def wanted(abouts: Collection[str]) -> set[str]:
    """About which of these somebody must still be called: tickets open, not merged and not answered.

    What is no ticket, a test, is its page's own affair.
    """
    numbers = {about.removeprefix(ABOUT) for about in abouts if about.startswith(ABOUT)}
    waits = open_tickets().filter(number__in=numbers, merged_into__isnull=True, answered_at__isnull=True)
    still = set(waits.values_list("number", flat=True))
    return {about for about in abouts if not about.startswith(ABOUT) or about.removeprefix(ABOUT) in still}


def on_ticket_changed(payload: Mapping[str, Any], now: datetime) -> None:
    """Effects "ticket.changed" and "ticket.said": {"ticket_id", …}; nobody is called for what is over."""
    ticket = Ticket.objects.get(pk=payload["ticket_id"])
    look_again(ticket.pk, now)
    # What was merged into it has ended without an event of its own.
    merged = Ticket.objects.filter(merged_into=ticket).values_list("number", flat=True)
    abouts = {f"{ABOUT}{number}" for number in (ticket.number, *merged)}
    for about in sorted(abouts - wanted(abouts)):
        pages.cancel_about(about, "the ticket is answered or over", now=now)


def on_acknowledged(payload: Mapping[str, Any], _now: datetime) -> None:
    """Effect "page.acknowledged": {"page_id"}; the ticket's history tells who took it up."""
    found = _ticket_of(payload)
    if found is None or found[0].acknowledged_by is None:
        return
    page, ticket = found
    assert page.acknowledged_by is not None
    detail = {"page": page.pk, "person": page.acknowledged_by.pk, "how": page.why}
    actor, key = actor_of(page.acknowledged_by), f"page-acknowledged:{page.pk}"
    note(ticket, EventKind.PAGE_ACKNOWLEDGED, page.state_at, detail, key=key, actor=actor)


def on_exhausted(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "page.exhausted": {"page_id", "round"}; every manager is told by mail, each round."""
    found = _ticket_of(payload)
    if found is None:
        return
    page, ticket = found
    if not wanted([page.about]):
        return
    key = f"page-exhausted:{page.pk}:{payload['round']}"
    mails.of_silence(ticket, page.package, queries.managers(), key=key, now=now)
    if payload["round"] == 1:
        note(ticket, EventKind.ESCALATED, now, {"page": page.pk, "who": "everyone"}, key=key)


def _ticket_of(payload: Mapping[str, Any]) -> tuple[Page, Ticket] | None:
    page = Page.objects.select_related("acknowledged_by").get(pk=payload["page_id"])
    if not page.about.startswith(ABOUT):
        return None
    ticket = Ticket.objects.select_related("unit").get(number=page.about.removeprefix(ABOUT))
    lock_installation(ticket.installation_id)
    return page, ticket
