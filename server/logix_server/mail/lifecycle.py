"""Which state of a mail may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class OutgoingState(StrEnum):
    """The states of `mail.models.OutgoingMail`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


#: A sender that dies leaves "sending"; once its hold is over the mail is queued again. What failed for
#: good or was suppressed leaves only where a person asks for it.
OUTGOING: Final = Transitions(
    "outgoing mail",
    {
        OutgoingState.QUEUED: {OutgoingState.SENDING, OutgoingState.FAILED},
        OutgoingState.SENDING: {OutgoingState.SENT, OutgoingState.QUEUED, OutgoingState.FAILED},
        OutgoingState.FAILED: {OutgoingState.QUEUED},
        OutgoingState.SUPPRESSED: {OutgoingState.QUEUED},
    },
)


class IncomingState(StrEnum):
    """The states of `mail.models.IncomingMail`."""

    RECEIVED = "received"  # durable, not read yet
    READ = "read"  # its words and attachments are apart; to be filed
    FILED = "filed"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"  # a person of ours decides
    WAITING = "waiting"  # the sender was asked which device it is about
    DISCARDED = "discarded"


_A_PERSON_DECIDES: Final = {IncomingState.FILED, IncomingState.DISCARDED}
#: Nothing that was received is forgotten: also what was ignored or discarded may still be filed by a person.
INCOMING: Final = Transitions(
    "incoming mail",
    {
        IncomingState.RECEIVED: {IncomingState.READ, IncomingState.QUARANTINED},
        IncomingState.READ: {
            IncomingState.FILED,
            IncomingState.IGNORED,
            IncomingState.QUARANTINED,
            IncomingState.WAITING,
        },
        IncomingState.QUARANTINED: _A_PERSON_DECIDES,
        IncomingState.WAITING: _A_PERSON_DECIDES,
        IncomingState.IGNORED: {IncomingState.FILED},
        IncomingState.DISCARDED: {IncomingState.FILED},
    },
)
