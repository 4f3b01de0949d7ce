"""Which state of a service visit may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class VisitState(StrEnum):
    """The states of `visits.models.Visit`."""

    REQUESTED = "requested"
    REFUSED = "refused"  # the terms do not give it
    AGREED = "agreed"  # with the customer, for a time
    DONE = "done"
    CANCELLED = "cancelled"


VISIT: Final = Transitions(
    "visit",
    {
        VisitState.REQUESTED: {VisitState.AGREED, VisitState.CANCELLED},
        VisitState.AGREED: {VisitState.AGREED, VisitState.DONE, VisitState.CANCELLED},  # another time
    },
)
#: Nothing more is to be done.
ENDED: Final = frozenset({VisitState.REFUSED, VisitState.DONE, VisitState.CANCELLED})
