"""What the states of mails are called, and why one went where it went."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.portal.words import called

STATES: Final = {
    "quarantined": N_("in quarantine"),
    "waiting": N_("waits for the device"),
    "filed": N_("on a ticket"),
    "ignored": N_("ignored"),
    "discarded": N_("discarded"),
    "received": N_("not read yet"),
    "read": N_("not filed yet"),
}
REASONS: Final = {
    "automatic": N_("A machine wrote it."),
    "null-sender": N_("It has no sender, as delivery reports have."),
    "delivery-report": N_("It is a delivery report."),
    "mailing-list": N_("It came over a mailing list."),
    "bulk": N_("It is bulk mail."),
    "own-address": N_("It comes from one of our own addresses."),
    "loop": N_("It is a mail of ours that came back."),
    "duplicate": N_("The same words have come before."),
    "no-sender": N_("It names no sender, or several."),
    "forged": N_("Our mail server found the sender forged."),
    "unknown-sender": N_("The sender is nobody that we know, or was stopped."),
    "others-ticket": N_("It names a ticket that the sender may not see."),
    "ours-unsigned": N_("It bears the address of one of ours, and nothing shows that it is that person."),
    "ours-new": N_("One of ours wrote it, and of no ticket."),
    "too-many": N_("The sender has written more within the hour than is taken."),
    "which-device": N_("It does not tell which device it is about; the sender was asked."),
    "not-covered": N_("The contract gives no ticket; the sender was told why."),
    "not-filed": N_("What was decided could not be done."),
    "released": N_("One of ours released it."),
    "discarded": N_("One of ours discarded it."),
    "on-ticket": N_("It belongs to a ticket."),
    "new-ticket": N_("It opened a ticket."),
    "unreadable": N_("It could not be taken apart."),
    "too-large": N_("It is too large to be taken in; it lies in the mailbox."),
}


def because(reason: str) -> str:
    """Why a mail is where it is; "" where nothing was decided yet."""
    return called(REASONS, reason) if reason else ""


def waiting() -> str:
    """The choice of all that a person has to decide."""
    return _("all that wait for us")
