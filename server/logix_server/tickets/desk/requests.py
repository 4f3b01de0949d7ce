"""Tickets that people ask for on the web, by phone, by mail (SUP-6). The contract decides, by its clauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from logix_common.errors import InvalidInput
from logix_common.findings import Component

from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.accounts.models import Organisation, Person
from logix_server.accounts.rights import Right, require
from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.contracts.decisions import coverage
from logix_server.contracts.decisions.coverage import Action, NotCovered, Reason
from logix_server.contracts.queries import contract_facts
from logix_server.fleet.models import Installation, Unit
from logix_server.tickets import clocks, opening
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.levels import HARDWARE, level_of_request
from logix_server.tickets.events import lock_installation, note
from logix_server.tickets.files.attachments import Accepted, attach_to, origin_of_files
from logix_server.tickets.models import Ticket
from logix_server.tickets.opening import Came, Subject
from logix_server.tickets.reach import line_of, once, text_of

#: However late a mail is read, its clock starts no earlier than this before.
LONGEST_ON_THE_WAY: Final = timedelta(days=30)
#: Tickets that one person of a customer or dealer opens on the web within an hour.
MOST_AN_HOUR: Final = 30
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Request:
    """What somebody asks for. `received_at` (a mail's arrival here) starts the clock, None = now.

    `answers`: {"PRI-1" … "PRI-7": 1..3}, as many as were answered. `key`: asked again with it, nothing
    is opened a second time.
    """

    installation_id: int
    subject: str
    text: str
    answers: Mapping[str, int] = field(default_factory=dict)
    origin: Ticket.Origin | str = Ticket.Origin.WEB
    reporter_id: int | None = None
    received_at: datetime | None = None
    component: str = Component.SYSTEM.value
    key: str | None = None


def open_as(viewer: Viewer, request: Request, *, now: datetime, files: Sequence[Accepted] = ()) -> Ticket:
    """Open a ticket as a customer, a dealer or, by phone, an engineer for one.

    A customer's or dealer's person is the reporter, whatever the request says, and asks on the web or by
    mail. Raises `Forbidden`, `NotFound` for an installation out of the viewer's reach, and as
    `open_request` does.
    """
    require(viewer, Right.OPEN_TICKET)
    if not Installation.objects.filter(scope(viewer, "customer"), id=request.installation_id).exists():
        raise NotFound("no such installation")
    if not viewer.vendor:
        by_mail = request.origin == Ticket.Origin.MAIL
        if not by_mail:  # which has bounds of its own
            _expect_moderation(viewer, now)
        origin = Ticket.Origin.MAIL if by_mail else Ticket.Origin.WEB
        request = replace(request, reporter_id=viewer.person_id, origin=origin)
    return open_request(request, actor=viewer.actor, now=now, files=files)


def _expect_moderation(viewer: Viewer, now: datetime) -> None:
    """A form gone wild does not fill the queue."""
    lately = Ticket.objects.filter(reporter_id=viewer.person_id, opened_at__gt=now - _HOUR)
    if lately.count() >= MOST_AN_HOUR:
        raise InvalidInput(
            "tickets", f"expected at most {MOST_AN_HOUR} an hour of one person; call us instead"
        )


def open_request(request: Request, *, actor: str, now: datetime, files: Sequence[Accepted] = ()) -> Ticket:
    """Open a ticket whose asker's right to ask was verified by the caller; its text is the first message.

    Raises `NotCovered` where the contract gives none (the audit keeps that), `InvalidInput` for what
    cannot be asked.
    """
    with transaction.atomic():
        opened = open_or_refuse(request, actor=actor, now=now, files=files)
    if isinstance(opened, Ticket):
        return opened
    raise NotCovered(opened)


def open_or_refuse(
    request: Request,
    *,
    actor: str,
    now: datetime,
    files: Sequence[Accepted] = (),
    follows: Ticket | None = None,
) -> Ticket | tuple[Reason, ...]:
    """The ticket, or why there is none, with the audit of either, in the caller's transaction."""
    subject, text = line_of("subject", request.subject), text_of("text", request.text)
    answered, hardware = level_of_request(request.answers), HARDWARE in request.answers
    came = _came(request, actor, now, follows)
    lock_installation(request.installation_id)
    if known := once(request.key):
        return known.ticket
    unit = _unit_at(request.installation_id)
    _expect_reporter(request, unit)
    at = came.at or now
    reasons, allowed = _asked(unit, Action.TICKET_HARDWARE_FAULT if hardware else Action.TICKET_OPEN, at, now)
    if not allowed:
        refused = {"clauses": [reason.clause for reason in reasons], "reason": wording.sentences(reasons)}
        record(now, actor, "ticket.refused", f"installation:{request.installation_id}", refused)
        return reasons
    about = Subject(unit, _component(request.component), "", dict.fromkeys(wording.LANGUAGES, subject))
    contract = contract_facts(unit.installation_id, unit.model, known_at=at if at < now else None)
    detail = {"origin": came.origin, "answers": dict(request.answers)}
    ticket = opening.open_ticket(
        about, answered, reasons, contract, now, key=request.key, detail=detail, came=came
    )
    if follows is not None:
        note(follows, EventKind.FOLLOWED, now, {"by": ticket.number}, actor=actor, public=True)
    told = {"text": text, "origin": came.origin}
    said = note(ticket, EventKind.MESSAGE, at, told, actor=actor, public=True)
    attach_to(said, files, actor=actor, now=now, public=True, origin=origin_of_files(came.origin))
    clocks.settle(ticket, now)
    return ticket


def _came(request: Request, actor: str, now: datetime, follows: Ticket | None) -> Came:
    if request.origin not in (Ticket.Origin.WEB, Ticket.Origin.PHONE, Ticket.Origin.MAIL):
        raise InvalidInput("origin", f"expected web, phone or mail, got {request.origin!r}")
    at = None
    if request.received_at is not None:
        # Nobody's clock runs from a moment that another's clock, or a mail's header, made up.
        at = min(now, max(request.received_at, now - LONGEST_ON_THE_WAY))
    origin = Ticket.Origin(request.origin)
    return Came(actor, origin, request.reporter_id, request.answers, follows, at)


def _unit_at(installation_id: int) -> Unit:
    units = Unit.objects.select_related("installation__customer").order_by("-id")
    unit = units.filter(installation=installation_id).first()
    if unit is None:
        raise InvalidInput("installation", "no device was ever registered there; register one first")
    return unit


def _expect_reporter(request: Request, unit: Unit) -> None:
    """Whoever reports is of the customer, its dealer or ours."""
    if request.reporter_id is None:
        return
    customer = unit.installation.customer
    known = Q(organisation__in=[one for one in (customer.pk, customer.dealer_id) if one is not None])
    known |= Q(organisation__kind=Organisation.Kind.VENDOR)
    if not Person.objects.filter(known, id=request.reporter_id, erased_at__isnull=True).exists():
        raise InvalidInput("reporter", "expected a person of the customer or of its dealer")


def _component(component: str) -> str:
    if component not in {one.value for one in Component}:
        raise InvalidInput("component", f"expected one of {', '.join(one.value for one in Component)}")
    return component


def _asked(unit: Unit, action: Action, at: datetime, now: datetime) -> tuple[tuple[Reason, ...], bool]:
    """What the contract says as it is known now: what was covered when it came or is so by now is taken."""
    contract = contract_facts(unit.installation_id, unit.model)
    decisions = [coverage.decide(contract, action, moment) for moment in dict.fromkeys((at, now))]
    decision = next((one for one in decisions if one.allowed), decisions[-1])
    return decision.reasons, decision.allowed
