"""Where a mail that came in goes: to a ticket, to a person of ours, or nowhere. Pure.

Never answered, whatever they say: machines, delivery reports, lists, and our own addresses (RFC 3834,
section 2). A sender counts as somebody only by an address that we know and that our own mail server has
not found forged.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from logix_server.mail.authentication import Verified
from logix_server.mail.reading.mail_read import Headers


class Why(StrEnum):
    """Why a mail went where it went; append-only, shown to people of ours."""

    AUTOMATIC = "automatic"
    NULL_SENDER = "null-sender"
    DELIVERY_REPORT = "delivery-report"
    MAILING_LIST = "mailing-list"
    BULK = "bulk"
    OWN_ADDRESS = "own-address"
    LOOP = "loop"
    DUPLICATE = "duplicate"
    NO_SENDER = "no-sender"
    FORGED = "forged"
    UNKNOWN_SENDER = "unknown-sender"
    OTHERS_TICKET = "others-ticket"
    OURS_UNSIGNED = "ours-unsigned"  # an engineer's address, and nothing that shows that it is he
    OURS_NEW = "ours-new"  # an engineer writes of no ticket
    TOO_MANY = "too-many"
    WHICH_DEVICE = "which-device"
    NOT_COVERED = "not-covered"
    NOT_FILED = "not-filed"  # what was decided could not be done
    RELEASED = "released"  # by a person of ours
    DISCARDED = "discarded"
    ON_TICKET = "on-ticket"
    NEW_TICKET = "new-ticket"


class Course(StrEnum):
    """What is done with a mail."""

    IGNORE = "ignore"
    QUARANTINE = "quarantine"
    MESSAGE = "message"  # of the customer, on a ticket
    ANSWER = "answer"  # of ours to the customer
    OPEN = "open"
    ASK = "ask"  # which device it is about, once
    WAIT = "wait"  # it was asked lately; a person of ours looks


@dataclass(frozen=True)
class Sender:
    """The active person behind the address in From."""

    person_id: int
    ours: bool


@dataclass(frozen=True)
class TicketNamed:
    """A ticket that the mail names: by a signed address, by our Message-ID, or by its mark."""

    number: str
    may_write: bool  # the sender sees it
    signed_ours: bool  # by an address that only somebody of ours got


@dataclass(frozen=True)
class Facts:
    """All that decides."""

    headers: Headers
    envelope_from: str | None
    own: Collection[str]  # our addresses, small letters
    verified: Verified
    duplicate: bool = False
    sender: Sender | None = None
    ticket: TicketNamed | None = None
    installations: tuple[int, ...] = ()  # whose serials the mail names
    sole_installation: int | None = None  # the only one of the sender's
    opened_lately: int = 0  # tickets by mail of this sender within the hour
    most_opened: int = 20
    written_lately: int = 0  # messages by mail of this sender within the hour
    most_written: int = 60
    asked_lately: bool = False


@dataclass(frozen=True)
class Verdict:
    """What is done, and why; with the ticket's number or the installation where there is one."""

    course: Course
    why: Why
    number: str = ""
    installation_id: int | None = None


_BULK: Final = frozenset({"bulk", "list", "junk"})


def decide(facts: Facts) -> Verdict:
    """Where the mail goes."""
    if (why := _machine(facts)) is not None:
        return Verdict(Course.IGNORE, why)
    if facts.duplicate:
        return Verdict(Course.IGNORE, Why.DUPLICATE)
    if (why := _stranger(facts)) is not None:
        return Verdict(Course.QUARANTINE, why, facts.ticket.number if facts.ticket else "")
    assert facts.sender is not None
    if facts.ticket is not None:
        return _on_ticket(facts.ticket, facts.sender, facts)
    if facts.sender.ours:
        return Verdict(Course.QUARANTINE, Why.OURS_NEW)
    return _new(facts)


def _machine(facts: Facts) -> Why | None:
    headers = facts.headers
    told = (
        (headers.report, Why.DELIVERY_REPORT),
        (facts.envelope_from == "" or headers.null_return_path, Why.NULL_SENDER),
        (headers.auto_submitted not in ("", "no") or headers.autoreply, Why.AUTOMATIC),
        (bool(set(headers.loops) & set(facts.own)), Why.LOOP),
        (
            _is_own(headers.sender, facts.own) or _is_own(facts.envelope_from or "", facts.own),
            Why.OWN_ADDRESS,
        ),
        (headers.of_list, Why.MAILING_LIST),
        (headers.precedence in _BULK, Why.BULK),
    )
    return next((why for holds, why in told if holds), None)


def _is_own(address: str, own: Collection[str]) -> bool:
    """Ours, also with what a signed address has between "+" and "@"."""
    user, at, domain = address.lower().rpartition("@")
    return f"{user.partition('+')[0]}{at}{domain}" in own


def _stranger(facts: Facts) -> Why | None:
    if not facts.headers.sender:
        return Why.NO_SENDER
    if facts.verified is Verified.FAILED:
        return Why.FORGED
    return None if facts.sender else Why.UNKNOWN_SENDER


def _on_ticket(ticket: TicketNamed, sender: Sender, facts: Facts) -> Verdict:
    if sender.ours:
        # An answer stops a clock: the address in From alone is not enough, and where our mail server
        # judges mails it must have found nothing wrong.
        proven = ticket.signed_ours and ticket.may_write and facts.verified is not Verified.FAILED
        if proven:
            return Verdict(Course.ANSWER, Why.ON_TICKET, ticket.number)
        return Verdict(Course.QUARANTINE, Why.OURS_UNSIGNED, ticket.number)
    if ticket.may_write and facts.written_lately >= facts.most_written:
        return Verdict(Course.QUARANTINE, Why.TOO_MANY, ticket.number)
    if ticket.may_write:
        return Verdict(Course.MESSAGE, Why.ON_TICKET, ticket.number)
    return Verdict(Course.QUARANTINE, Why.OTHERS_TICKET, ticket.number)


def _new(facts: Facts) -> Verdict:
    if facts.opened_lately >= facts.most_opened:
        return Verdict(Course.QUARANTINE, Why.TOO_MANY)
    if len(facts.installations) == 1:
        return Verdict(Course.OPEN, Why.NEW_TICKET, installation_id=facts.installations[0])
    if not facts.installations and facts.sole_installation is not None:
        return Verdict(Course.OPEN, Why.NEW_TICKET, installation_id=facts.sole_installation)
    return Verdict(Course.WAIT if facts.asked_lately else Course.ASK, Why.WHICH_DEVICE)
