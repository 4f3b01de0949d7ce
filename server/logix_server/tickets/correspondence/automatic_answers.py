"""What we answer to a mail by ourselves: once a mail, capped per address and ticket (`mail.outgoing`)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from logix_server.accounts.access import Viewer
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.mail.models import IncomingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.tickets.correspondence import wording_of_mails
from logix_server.tickets.correspondence.sorting_facts import WHICH_DEVICE, units_of

_MOST_SERIALS: Final = 30


def ask_which_device(mail: IncomingMail, viewer: Viewer, now: datetime) -> None:
    """Ask the sender, who has several devices, which one is meant; the answer threads back to this mail."""
    units = units_of(viewer).select_related("installation").order_by("serial")[:_MOST_SERIALS]
    serials = [f"{unit.serial} ({unit.installation.name})" for unit in units]
    subject, letter = wording_of_mails.which_device(mail.subject, serials, viewer.language)
    message = Message(
        to=mail.sender,
        kind=WHICH_DEVICE,
        subject=subject,
        body=letter,
        language=viewer.language,
        person_id=viewer.person_id,
        answers=mail.message_id or "unknown",
    )
    queue(message, key=f"{WHICH_DEVICE}:{mail.pk}", now=now)


def refuse(mail: IncomingMail, viewer: Viewer, refusal: NotCovered, *, warranty: bool, now: datetime) -> None:
    """Tell the sender why there is no ticket."""
    subject, letter = wording_of_mails.refused(
        mail.subject, refusal.reasons, viewer.language, warranty=warranty
    )
    message = Message(
        to=mail.sender,
        kind="not-covered",
        subject=subject,
        body=letter,
        language=viewer.language,
        person_id=viewer.person_id,
        answers=mail.message_id or "unknown",
    )
    queue(message, key=f"not-covered:{mail.pk}", now=now)
