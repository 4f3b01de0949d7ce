"""What the states of pages and of tries to reach somebody are called."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

PAGES: Final = {
    "calling": N_("calling"),
    "exhausted": N_("everyone is called"),
    "acknowledged": N_("taken up"),
    "cancelled": N_("called off"),
}
LOOKS: Final = {"calling": "on-condition", "exhausted": "no", "acknowledged": "yes"}
TRIES: Final = {
    "queued": N_("about to leave"),
    "sending": N_("is leaving"),
    "sent": N_("taken by the channel"),
    "failed": N_("failed"),
    "unknown": N_("may have left"),
    "dropped": N_("not needed any more"),
}
CHANNELS: Final = {"webhook": N_("webhook"), "sms": N_("text message")}


def nobody_away() -> str:
    """The choice of whoever has the shift."""
    return _("whoever has the shift")


def nobody_in() -> str:
    """The choice of leaving a place empty."""
    return _("nobody")


def which_pages() -> list[tuple[str, str]]:
    """The choices of pages."""
    return [("", _("all")), ("open", _("not taken up yet"))]
