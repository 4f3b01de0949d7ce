"""Queue a mail beside the rows that decided it; the mail role sends it after the commit."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from logix_common.errors import InvalidInput

from logix_server.config import current
from logix_server.mail import letters, tokens
from logix_server.mail.letters import Letter
from logix_server.mail.lifecycle import OutgoingState
from logix_server.mail.models import AnsweredAddress, OutgoingMail
from logix_server.mail.plain import address_or_none, one_line

MOST_TEXT: Final = 200_000
MOST_SUBJECT: Final = 250
_MOST_REFERENCES: Final = 20
_HOUR: Final = timedelta(hours=1)
CAPPED: Final = "as many automatic answers as an hour allows went out before (mail_answers_per_hour)"


@dataclass(frozen=True)
class Message:
    """One mail to one address.

    `body` is a `Letter`, or running text. With `ticket` the subject begins with its mark and answers
    come back to it; `ours`: it goes to somebody of ours, whose answer would be ours. `answers` is the
    Message-ID of the mail that this one answers by itself: such are counted per address and ticket.
    """

    to: str
    kind: str
    subject: str
    body: Letter | str
    language: str = "tr"
    person_id: int | None = None
    ticket: str = ""
    ours: bool = False
    automatic: bool = True  # False: a person wrote the words
    answers: str = ""
    references: Sequence[str] = ()
    not_before: datetime | None = None


def queue(message: Message, *, key: str, now: datetime) -> bool:
    """Add a mail to the caller's transaction; False where `key` is queued already.

    It is sent at least once, always under the same Message-ID, and not before the commit. An automatic
    answer beyond the cap is on record as suppressed. Raises `InvalidInput` for what is no address.
    """
    address = address_or_none(message.to)
    if address is None or len(key) > 200:
        raise InvalidInput("to", "expected one mail address such as it@example.com")
    if OutgoingMail.objects.filter(key=key).exists():
        return False
    row = _row(message, address, key, now)
    if message.answers and _capped(address, message.ticket, now):
        row.state, row.error = OutgoingState.SUPPRESSED.value, CAPPED
    return _insert(row)


def _insert(row: OutgoingMail) -> bool:
    # Two at once: the second one's row is dropped, as an effect's is; its Message-ID was never seen.
    OutgoingMail.objects.bulk_create([row], ignore_conflicts=True)
    return OutgoingMail.objects.filter(key=row.key, message_id=row.message_id).exists()


def _row(message: Message, address: str, key: str, now: datetime) -> OutgoingMail:
    config = current()
    body = letters.of_text(message.body) if isinstance(message.body, str) else message.body
    text, html = letters.render(body, message.language)
    if len(text) > MOST_TEXT:
        raise InvalidInput("body", f"expected at most {MOST_TEXT} characters")
    subject = one_line(message.subject, MOST_SUBJECT)
    answer_to = ""
    if message.ticket:
        subject = f"{tokens.mark_of(message.ticket)} {subject}"
        answer_to = tokens.address_of(message.ticket, config.support_address, ours=message.ours)
    return OutgoingMail(
        key=key,
        kind=message.kind,
        to=address,
        person_id=message.person_id,
        language=message.language,
        subject=subject,
        text=text,
        html=html,
        message_id=_message_id(message.ticket, config.support_address),
        in_reply_to=message.answers or (message.references[-1] if message.references else ""),
        references=_references(message),
        automatic=_automatic(message),
        ticket_number=message.ticket,
        reply_to=answer_to,
        state=OutgoingState.QUEUED.value,
        run_after=message.not_before or now,
        created_at=now,
    )


def _message_id(ticket: str, support: str) -> str:
    # The chance in it is what nobody can name who did not get the mail.
    return f"{ticket or 'mail'}.{secrets.token_hex(16)}@{support.partition('@')[2]}"


def _references(message: Message) -> list[str]:
    """The thread, oldest first; its beginning and its end where it is long (RFC 5322, section 3.6.4)."""
    thread = list(dict.fromkeys([*message.references, *([message.answers] if message.answers else [])]))
    return thread if len(thread) <= _MOST_REFERENCES else [thread[0], *thread[1 - _MOST_REFERENCES :]]


def _automatic(message: Message) -> str:
    if message.answers:
        return OutgoingMail.Automatic.REPLIED
    return OutgoingMail.Automatic.GENERATED if message.automatic else OutgoingMail.Automatic.NO


def _capped(address: str, ticket: str, now: datetime) -> bool:
    """Whether the hour's automatic answers have gone to this address, or out for this ticket."""
    AnsweredAddress.objects.bulk_create([AnsweredAddress(address=address)], ignore_conflicts=True)
    # One at a time for an address: two that count at once would both find room.
    AnsweredAddress.objects.select_for_update().get(address=address)
    lately = OutgoingMail.objects.filter(
        automatic=OutgoingMail.Automatic.REPLIED, created_at__gt=now - _HOUR
    ).exclude(state=OutgoingState.SUPPRESSED.value)
    most = current().mail_answers_per_hour
    if lately.filter(to=address).count() >= most:
        return True
    return bool(ticket) and lately.filter(Q(ticket_number=ticket)).count() >= most
