"""Mails read: as rows for people of ours."""

from __future__ import annotations

from typing import Any

from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, require
from logix_server.mail.models import IncomingMail, OutgoingMail
from logix_server.mail.to_people import CONFIDENTIAL


def outgoing(
    *, state: str = "", to: str = "", ticket: str = "", limit: int = 100, offset: int = 0
) -> list[dict[str, Any]]:
    """Mails of ours, newest first."""
    rows = OutgoingMail.objects.order_by("-id")
    wanted = {"state": state, "to": to.lower(), "ticket_number": ticket}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    return [_out(mail) for mail in rows[offset : offset + limit]]


def outgoing_mail(mail_id: int) -> dict[str, Any]:
    """One mail of ours with its words. Raises `InvalidInput`."""
    mail = OutgoingMail.objects.filter(pk=mail_id).first()
    if mail is None:
        raise InvalidInput(str(mail_id), "no such mail; see `mail list`")
    headers = {"message_id": mail.message_id, "in_reply_to": mail.in_reply_to, "reply_to": mail.reply_to}
    # What lets one in is for its addressee alone.
    text = "" if mail.kind in CONFIDENTIAL else mail.text
    return _out(mail) | headers | {"language": mail.language, "text": text}


def _out(mail: OutgoingMail) -> dict[str, Any]:
    return {
        "id": mail.pk,
        "created_at": mail.created_at,
        "kind": mail.kind,
        "to": mail.to,
        "subject": mail.subject,
        "ticket": mail.ticket_number,
        "automatic": mail.automatic,
        "state": mail.state,
        "attempts": mail.attempts,
        "next_try_at": mail.run_after if mail.state == OutgoingMail.State.QUEUED else None,
        "sent_at": mail.sent_at,
        "error": mail.error,
    }


#: What waits for a person of ours.
OPEN = (IncomingMail.State.QUARANTINED.value, IncomingMail.State.WAITING.value)


def inbox(viewer: Viewer, *, state: str = "", limit: int = 100, offset: int = 0) -> list[dict[str, Any]]:
    """Mails that came in, oldest first; without `state` those that wait for a person of ours.

    Raises `Forbidden` for whoever does not handle tickets: what strangers wrote belongs to no customer yet.
    """
    require(viewer, Right.HANDLE_TICKET)
    rows = IncomingMail.objects.select_related("person__organisation").order_by("received_at", "id")
    rows = rows.filter(state=state) if state else rows.filter(state__in=OPEN)
    return [_in(mail) for mail in rows[offset : offset + limit]]


def incoming_mail(viewer: Viewer, mail_id: int) -> dict[str, Any]:
    """One mail that came in, with its words. Raises `Forbidden`, `InvalidInput`."""
    require(viewer, Right.HANDLE_TICKET)
    mail = IncomingMail.objects.select_related("person__organisation").filter(pk=mail_id).first()
    if mail is None:
        raise InvalidInput(str(mail_id), "no such mail; see `mail inbox`")
    content = mail.content
    return _in(mail) | {
        "message_id": mail.message_id,
        "sha256": mail.sha256,
        "text": content.get("text", ""),
        "quoted": content.get("quoted", ""),
        "html": content.get("html", ""),
        "attachments": list(mail.files.order_by("id").values("name", "content_type", "size")),
        "left_out": content.get("left_out", []),
        "error": content.get("error", ""),
    }


def waiting_count(viewer: Viewer, *, state: str = "") -> int:
    """How many mails wait for a person of ours, or are in `state`. Raises `Forbidden`."""
    require(viewer, Right.HANDLE_TICKET)
    return IncomingMail.objects.filter(state__in=[state] if state else OPEN).count()


def _in(mail: IncomingMail) -> dict[str, Any]:
    return {
        "id": mail.pk,
        "received_at": mail.received_at,
        "via": mail.via,
        "from": mail.sender,
        "name": mail.sender_name,
        "person": mail.person.name if mail.person else "",
        "organisation": mail.person.organisation.name if mail.person else "",
        "subject": mail.subject,
        "state": mail.state,
        "reason": mail.reason,
        "ticket": mail.ticket_number,
        "size": mail.size,
        "decided_by": mail.decided_by,
    }
