"""Take mails in: durable first, then read, then an effect that files them.

`receive` is over in one short transaction: whoever brought the mail may forget it then. Reading, which may
cost and fail, comes after it, and counts its tries before each: a mail that kills its reader is put
apart after a few.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction

from logix_server.blobs import BlobRef, Blobs
from logix_server.effects import outbox
from logix_server.mail.lifecycle import INCOMING, IncomingState
from logix_server.mail.models import IncomingFile, IncomingMail
from logix_server.mail.plain import one_line
from logix_server.mail.reading.mail_read import File, MailRead
from logix_server.mail.reading.reader import MOST_HEADER_BYTES, Unreadable, headers_alone, read

MAIL_RECEIVED: Final = "mail.received"
UNREADABLE: Final = "unreadable"
#: Characters of a text that a history shows; a longer one comes whole as a file, too.
MOST_SHOWN: Final = 20_000
MOST_TRIES: Final = 3
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrival:
    """What is known of a mail beside its bytes. `sender` None = unknown, "" = the null sender."""

    via: str  # mail.models.IncomingMail.Via
    at: datetime
    sender: str | None = None
    recipients: Sequence[str] = ()


def receive(raw: bytes, arrival: Arrival, blobs: Blobs, now: datetime) -> bool:
    """Store a mail; it is durable when this returns. False where it has been received before.

    Raises what the blob port raises; then nothing is on record.
    """
    ref = blobs.put([raw])
    sender = None if arrival.sender is None else one_line(arrival.sender, 320)
    row = IncomingMail(
        sha256=ref.sha256,
        size=ref.size,
        via=arrival.via,
        envelope_from=sender,
        recipients=[one_line(address, 320) for address in arrival.recipients[:100]],
        received_at=min(arrival.at, now),
        state=IncomingState.RECEIVED.value,
        state_at=now,
    )
    if IncomingMail.objects.filter(sha256=ref.sha256).exists():
        return False
    # Of two who bring it at once one row stays, and neither of them fails.
    IncomingMail.objects.bulk_create([row], ignore_conflicts=True)
    return True


def read_waiting(blobs: Blobs, now: datetime, limit: int = 20) -> int:
    """Read up to `limit` mails that nobody has read yet; returns how many were taken up."""
    waiting = IncomingMail.objects.filter(state=IncomingState.RECEIVED.value).order_by("id")
    due = list(waiting.values_list("id", flat=True)[:limit])
    for mail_id in due:
        _read_one(mail_id, blobs, now)
    return len(due)


def _read_one(mail_id: int, blobs: Blobs, now: datetime) -> None:
    mail = _claim(mail_id)
    if mail is None:
        return
    if mail.read_attempts > MOST_TRIES:
        _put_apart(mail, "it ended those who read it", now)
        return
    try:
        with blobs.open(BlobRef(mail.sha256, mail.size)) as stream:
            raw = stream.read()
        found = read(raw)
        files = _files(mail, found, blobs)
    except Unreadable as error:
        _put_apart(mail, str(error), now)
        return
    with transaction.atomic():
        _tell(mail, found, _content(found))
        if _move(mail, IncomingState.READ, now):
            IncomingFile.objects.bulk_create(files)
            outbox.put(MAIL_RECEIVED, {"mail_id": mail.pk}, now, key=f"{MAIL_RECEIVED}:{mail.pk}")


def _claim(mail_id: int) -> IncomingMail | None:
    """The mail, its try counted; None where another process has come first."""
    with transaction.atomic():
        rows = IncomingMail.objects.select_for_update(skip_locked=True)
        mail = rows.filter(pk=mail_id, state=IncomingState.RECEIVED.value).first()
        if mail is not None:
            mail.read_attempts += 1
            mail.save(update_fields=["read_attempts"])
        return mail


def _put_apart(mail: IncomingMail, why: str, now: datetime) -> None:
    mail.reason, mail.content = UNREADABLE, {"error": why[:200]}
    _move(mail, IncomingState.QUARANTINED, now)
    _log.warning("mail cannot be read", mail=mail.pk, why=why)


def _move(mail: IncomingMail, state: IncomingState, now: datetime) -> bool:
    """Write the mail in its new state, where nobody else has meanwhile; whether it was written."""
    INCOMING.check(IncomingState.RECEIVED, state)
    mail.state, mail.state_at = state.value, now
    names = (
        *("state", "state_at", "reason", "message_id", "sender", "sender_name", "subject"),
        *("fingerprint", "content"),
    )
    here = IncomingMail.objects.filter(pk=mail.pk, state=IncomingState.RECEIVED.value)
    return bool(here.update(**{name: getattr(mail, name) for name in names}))


def _tell(mail: IncomingMail, found: MailRead, content: dict[str, Any]) -> None:
    headers = found.headers
    mail.message_id, mail.sender = headers.message_id, headers.sender[:254]
    mail.sender_name, mail.subject = headers.sender_name, headers.subject
    mail.content = content
    same = "\0".join((headers.message_id, headers.sender, headers.date, headers.subject, found.text))
    mail.fingerprint = hashlib.sha256(same.encode()).hexdigest() if headers.message_id else ""


def _files(mail: IncomingMail, found: MailRead, blobs: Blobs) -> list[IncomingFile]:
    """Rows of the mail's files, whose blobs are stored."""
    whole = [File("mail.txt", "text/plain", found.text.encode(), inline=False)]
    rows = []
    for file in (*(whole if len(found.text) > MOST_SHOWN else ()), *found.files):
        ref = blobs.put([file.content])
        told = {"name": file.name, "content_type": file.content_type, "inline": file.inline}
        rows.append(IncomingFile(mail=mail, size=ref.size, sha256=ref.sha256, **told))
    return rows


def _content(found: MailRead) -> dict[str, Any]:
    """What the row keeps beside its files."""
    headers = found.headers
    return {
        "text": found.text,
        "signature": found.signature,
        "quoted": found.quoted,
        "html": found.html,
        "left_out": list(found.left_out),
        "cut": found.cut,
        "headers": {
            "recipients": list(headers.recipients),
            "thread": list(headers.thread),
            "auto_submitted": headers.auto_submitted,
            "precedence": headers.precedence,
            "of_list": headers.of_list,
            "autoreply": headers.autoreply,
            "loops": list(headers.loops),
            "report": headers.report,
            "null_return_path": headers.null_return_path,
            "authentication": list(headers.authentication),
        },
    }


def too_large(head: bytes, size: int, arrival: Arrival, blobs: Blobs, now: datetime) -> bool:
    """Note a mail that is larger than we take, by its headers alone; a person sees it in the inbox.

    The mail itself stays where it is. False where that has been noted before.
    """
    ref = blobs.put([headers_alone(head[:MOST_HEADER_BYTES])])
    row = IncomingMail(
        sha256=ref.sha256,
        size=ref.size,
        via=arrival.via,
        envelope_from=arrival.sender,
        recipients=list(arrival.recipients[:100]),
        received_at=min(arrival.at, now),
        state=IncomingState.QUARANTINED.value,
        state_at=now,
        reason="too-large",
        content={"error": f"{size} bytes; see it in the mailbox"},
    )
    try:
        headers = read(headers_alone(head)).headers
        row.sender, row.subject = headers.sender[:254], headers.subject
        row.sender_name, row.message_id = headers.sender_name, headers.message_id
    except Unreadable:
        pass
    with transaction.atomic():
        if IncomingMail.objects.filter(sha256=ref.sha256).exists():
            return False
        IncomingMail.objects.bulk_create([row], ignore_conflicts=True)
        return True


def forget(now: datetime, kept: timedelta, limit: int) -> int:
    """Delete up to `limit` mails that were ignored or discarded longer ago than `kept`; returns how many.

    What they held is removed with the blobs that no row names.
    """
    over = (IncomingState.IGNORED.value, IncomingState.DISCARDED.value)
    old = IncomingMail.objects.filter(state__in=over, state_at__lt=now - kept).order_by("id")
    chosen = list(old.values_list("id", flat=True)[:limit])
    IncomingMail.objects.filter(id__in=chosen, state__in=over).delete()
    return len(chosen)
