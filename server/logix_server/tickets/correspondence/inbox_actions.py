"""A person of ours decides about a mail that waits: onto a ticket, a new ticket, to a person, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts import access
from logix_server.accounts.access import Viewer
from logix_server.accounts.models import Person
from logix_server.accounts.rights import Right, require
from logix_server.audit.actions import record
from logix_server.fleet.models import Unit
from logix_server.mail.inbox import UNREADABLE
from logix_server.mail.lifecycle import INCOMING, IncomingState
from logix_server.mail.models import IncomingMail
from logix_server.mail.sorting import Course, Verdict, Why
from logix_server.tickets.correspondence.filing import carry_out, settle
from logix_server.tickets.correspondence.sorting_facts import person_of
from logix_server.tickets.reach import ticket_of


@dataclass(frozen=True)
class Release:
    """Where a mail goes: to the ticket `number`, or as a new one for the device `serial`.

    In whose name: `person_email`, or the sender where that is a person we know; on a ticket of a stranger
    the engineer writes it down in the own name. `answers` to PRI-1 … PRI-7 are for a new ticket.
    """

    number: str = ""
    serial: str = ""
    person_email: str = ""
    answers: Mapping[str, int] | None = None


@transaction.atomic
def release(viewer: Viewer, mail_id: int, to: Release, *, now: datetime) -> str:
    """File a mail that waits, was ignored or discarded; returns the ticket's number.

    Raises `Forbidden`, `NotFound`, `NotCovered`, and `InvalidInput` for a mail that is filed, for neither
    or both of ticket and device, and for somebody who is no person of the ticket's customer.
    """
    require(viewer, Right.HANDLE_TICKET)
    if bool(to.number) == bool(to.serial):
        raise InvalidInput("ticket, device", "name the ticket, or the device of a new one")
    mail = _locked(mail_id, IncomingState.FILED)
    if mail.reason in (UNREADABLE, "too-large"):
        raise InvalidInput(
            str(mail_id), "its words could not be read; look at the mail itself, then discard it"
        )
    person = _person(to.person_email or mail.sender, required=bool(to.person_email or to.serial))
    mail.person = person
    writer = access.viewer(person) if person is not None else viewer
    if to.number:
        ticket_of(writer, to.number)
        verdict = Verdict(Course.MESSAGE, Why.RELEASED, to.number)
    else:
        unit = Unit.objects.filter(serial=to.serial).first()
        if unit is None:
            raise InvalidInput("device", f"no device has the serial {to.serial[:64]!r}")
        verdict = Verdict(Course.OPEN, Why.RELEASED, installation_id=unit.installation_id)
    return carry_out(mail, writer, verdict, now, by=viewer.actor, answers=to.answers)


@transaction.atomic
def discard(viewer: Viewer, mail_id: int, why: str, *, now: datetime) -> None:
    """Put a mail away; it stays on record and can be released later. Raises `Forbidden`, `InvalidInput`."""
    require(viewer, Right.HANDLE_TICKET)
    mail = _locked(mail_id, IncomingState.DISCARDED)
    settle(mail, IncomingState.DISCARDED, Why.DISCARDED, now, by=viewer.actor)
    record(now, viewer.actor, "mail.discard", f"mail:{mail.pk}", {"why": why.strip()[:500]})


def _locked(mail_id: int, to: IncomingState) -> IncomingMail:
    mail = IncomingMail.objects.select_for_update().filter(pk=mail_id).first()
    if mail is None:
        raise InvalidInput(str(mail_id), "no such mail; see `mail inbox`")
    if to not in INCOMING.allowed.get(IncomingState(mail.state), ()):
        raise InvalidInput(str(mail_id), f"is {mail.state}; that cannot be done to it")
    return mail


def _person(email: str, *, required: bool) -> Person | None:
    person = person_of(email.strip().lower())
    if person is not None and person.organisation.kind == "vendor":
        person = None  # ours write in the own name, and never as a customer
    if person is None and required:
        raise InvalidInput(
            "person", "expected the address of a person of a customer or dealer; see `person list`"
        )
    return person
