"""Mails to those of ours who are told of an unanswered ticket, queued beside the rows that decided it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from logix_server.mail import outgoing
from logix_server.mail.outgoing import Message
from logix_server.oncall import queries
from logix_server.tickets.escalation import letters
from logix_server.tickets.models import Ticket


def of_step(
    ticket: Ticket, package: str, percent: int, people: Collection[int], *, key: str, now: datetime
) -> None:
    """So much of the response time is used, or it is over."""

    def subject(language: str) -> str:
        return letters.mail_subject(ticket, percent, language)

    _each(ticket, package, people, subject, key=key, now=now)


def of_silence(ticket: Ticket, package: str, people: Collection[int], *, key: str, now: datetime) -> None:
    """Nobody has acknowledged the ticket's page."""

    def subject(language: str) -> str:
        return letters.nobody_subject(ticket, language)

    _each(ticket, package, people, subject, key=key, now=now)


def _each(
    ticket: Ticket,
    package: str,
    people: Collection[int],
    subject: Callable[[str], str],
    *,
    key: str,
    now: datetime,
) -> None:
    for one in queries.people(people):
        language = one.called.language
        message = Message(
            to=one.called.email,
            kind="escalation",
            subject=subject(language),
            body=letters.mail_body(ticket, package, now, language),
            language=language,
            person_id=one.person_id,
            ticket=ticket.number,
            ours=True,
        )
        outgoing.queue(message, key=f"{key}:{one.person_id}", now=now)
