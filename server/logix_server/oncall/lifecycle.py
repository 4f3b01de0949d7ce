"""Which state of a page, and of one try to reach a person, may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class PageState(StrEnum):
    """The states of `oncall.models.Page`."""

    CALLING = "calling"  # climbs the rota
    EXHAUSTED = "exhausted"  # nobody on the rota answered: everyone is called, until somebody does
    ACKNOWLEDGED = "acknowledged"
    CANCELLED = "cancelled"


#: A page ends by a person's word or because what it was about is over; never by itself.
PAGE: Final = Transitions(
    "page",
    {
        PageState.CALLING: {PageState.EXHAUSTED, PageState.ACKNOWLEDGED, PageState.CANCELLED},
        PageState.EXHAUSTED: {PageState.ACKNOWLEDGED, PageState.CANCELLED},
    },
)
OPEN: Final = (PageState.CALLING, PageState.EXHAUSTED)


class TryState(StrEnum):
    """The states of `oncall.models.PageTry`."""

    QUEUED = "queued"
    SENDING = "sending"  # written down before anything leaves
    SENT = "sent"  # the channel took it; nobody has acknowledged by that
    FAILED = "failed"
    UNKNOWN = "unknown"  # the process that sent it died: it may or may not have left
    DROPPED = "dropped"  # the page ended before it left


TRY: Final = Transitions(
    "page try",
    {
        TryState.QUEUED: {TryState.SENDING, TryState.DROPPED},
        TryState.SENDING: {TryState.SENT, TryState.FAILED, TryState.UNKNOWN},
    },
)
