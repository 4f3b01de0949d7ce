"""What decides where a mail goes, loaded: sender, ticket, devices, and how often this sender came lately."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from logix_server.accounts import access
from logix_server.accounts.access import Viewer, scope
from logix_server.accounts.models import Person
from logix_server.config import current
from logix_server.fleet.models import Unit
from logix_server.mail import tokens
from logix_server.mail.authentication import verified
from logix_server.mail.lifecycle import IncomingState
from logix_server.mail.models import IncomingMail, OutgoingMail
from logix_server.mail.reading.mail_read import Headers
from logix_server.mail.sorting import Facts, Sender, TicketNamed, Why
from logix_server.tickets.models import Ticket
from logix_server.tickets.reach import tickets_of

HOUR: Final = timedelta(hours=1)
WHICH_DEVICE: Final = "which-device"
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")
_MOST_WORDS: Final = 2_000
_IN_SERVICE: Final = (Unit.State.REGISTERED, Unit.State.ACTIVE, Unit.State.CONFLICT)


@dataclass(frozen=True)
class Loaded:
    """The facts, and whose they are. `question`: the mail whose "which device" this one answers."""

    facts: Facts
    viewer: Viewer | None
    person: Person | None
    question: IncomingMail | None


def load(mail: IncomingMail, now: datetime) -> Loaded:
    """Everything that decides about a mail that was read."""
    headers = headers_of(mail)
    person = person_of(headers.sender)
    viewer = access.viewer(person) if person else None
    question = _question(headers, person)
    named, sole = devices_named(viewer, words_of(mail)) if viewer else ((), None)
    config = current()
    lately = IncomingMail.objects.filter(sender=headers.sender, state_at__gt=now - HOUR)
    facts = Facts(
        headers=headers,
        envelope_from=mail.envelope_from,
        own=frozenset({config.support_address, (config.smtp_sender or config.support_address).lower()}),
        verified=verified(headers.authentication, config.mail_authserv_id),
        duplicate=_is_duplicate(mail),
        sender=Sender(person.pk, viewer.vendor) if person and viewer else None,
        ticket=None if question else _ticket_named(mail, headers, viewer),
        installations=named,
        sole_installation=sole,
        opened_lately=lately.filter(state=IncomingState.FILED.value, reason=Why.NEW_TICKET.value).count(),
        most_opened=config.mail_tickets_per_hour,
        written_lately=lately.filter(state=IncomingState.FILED.value, reason=Why.ON_TICKET.value).count(),
        most_written=config.mail_messages_per_hour,
        asked_lately=lately.filter(state=IncomingState.WAITING.value).exclude(pk=mail.pk).exists(),
    )
    return Loaded(facts, viewer, person, question)


def headers_of(mail: IncomingMail) -> Headers:
    """The headers that decide, as reading has stored them."""
    stored: dict[str, Any] = mail.content.get("headers", {})
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    return Headers(
        message_id=mail.message_id,
        sender=mail.sender,
        sender_name=mail.sender_name,
        subject=mail.subject,
        **values,
    )


def person_of(address: str) -> Person | None:
    """The active person of that address."""
    people = Person.objects.select_related("organisation").filter(active=True, erased_at__isnull=True)
    return people.filter(email=address).first() if address else None


def words_of(mail: IncomingMail) -> str:
    """Where a serial may stand: subject and text, not what is quoted."""
    return f"{mail.subject}\n{mail.content.get('text', '')}"


def devices_named(viewer: Viewer, words: str) -> tuple[tuple[int, ...], int | None]:
    """The installations whose serials are named, and the only one that there is (None = none, or several)."""
    units = units_of(viewer)
    told = {word.upper().strip(".-_") for word in _WORD.findall(words)[:_MOST_WORDS]}
    # Looked for among the sender's own devices: nobody finds out by mail whose serial is whose.
    places = units.filter(serial__in=_spellings(words, told)).values_list("installation_id", flat=True)
    named = tuple(sorted(set(places[:50])))
    every = sorted(set(units.values_list("installation_id", flat=True)[:50]))
    return named, every[0] if len(every) == 1 else None


def units_of(viewer: Viewer) -> QuerySet[Unit]:
    """The units in service that a sender may write of; of ours nobody has devices."""
    if viewer.vendor:
        return Unit.objects.none()
    return Unit.objects.filter(scope(viewer, "installation__customer"), state__in=_IN_SERVICE)


def _spellings(words: str, upper: set[str]) -> set[str]:
    as_written = {word.strip(".-_") for word in _WORD.findall(words)[:_MOST_WORDS]}
    return upper | as_written | {word.lower() for word in as_written}


def _ticket_named(mail: IncomingMail, headers: Headers, viewer: Viewer | None) -> TicketNamed | None:
    signed = tokens.signed_in([*mail.recipients, *headers.recipients], current().support_address)
    number = signed.number if signed else _threaded(headers) or tokens.marked_in(mail.subject)
    if not number or not Ticket.objects.filter(number=number).exists():
        return None
    may_write = viewer is not None and tickets_of(viewer).filter(number=number).exists()
    return TicketNamed(number, may_write, bool(signed and signed.ours))


def _threaded(headers: Headers) -> str:
    """The ticket of the newest mail in the thread that we sent, or filed before."""
    thread = list(headers.thread)
    if not thread:
        return ""
    sent = OutgoingMail.objects.filter(message_id__in=thread).exclude(ticket_number="")
    filed = IncomingMail.objects.filter(message_id__in=thread).exclude(ticket_number="")
    found = {
        **dict(filed.values_list("message_id", "ticket_number")),
        **dict(sent.values_list("message_id", "ticket_number")),
    }
    return next((found[one] for one in thread if one in found), "")


def _question(headers: Headers, person: Person | None) -> IncomingMail | None:
    """The mail of the same sender that we asked "which device" about, and that this one answers."""
    if person is None or not headers.thread:
        return None
    asked = (
        OutgoingMail.objects.filter(message_id__in=headers.thread, kind=WHICH_DEVICE).order_by("-id").first()
    )
    if asked is None:
        return None
    waiting = IncomingMail.objects.filter(state=IncomingState.WAITING.value, sender=person.email)
    return waiting.filter(pk=int(asked.key.rpartition(":")[2])).first()


def _is_duplicate(mail: IncomingMail) -> bool:
    """Whether the same words came before on another way (to two of our addresses, say).

    A copy that nobody reads (one that went by a list, or was damaged by it) is none: this one is read.
    """
    if not mail.fingerprint:
        return False
    before = IncomingMail.objects.filter(fingerprint=mail.fingerprint, id__lt=mail.pk)
    unread = Q(state__in=(IncomingState.RECEIVED.value, IncomingState.IGNORED.value))
    return before.exclude(unread | Q(reason=Why.FORGED.value)).exists()
