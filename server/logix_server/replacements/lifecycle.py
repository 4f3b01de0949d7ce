"""The ways of a replacement: which state may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class ReplacementState(StrEnum):
    """The states of `replacements.models.Replacement`."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"  # an engineer confirmed fault and need (WAR-7)
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SHIPPED = "shipped"  # what replaces the faulty one is on its way
    RECEIVED = "received"  # the faulty one is at the support centre
    FITTED = "fitted"  # repaired, or part or unit replaced: the appliance works again
    CLOSED = "closed"


class Course(StrEnum):
    """Which comes first: the replacement to the customer (WAR-11), or the faulty one to us (WAR-10)."""

    ADVANCE = "advance"
    RETURN_FIRST = "return-first"


S = ReplacementState
_BEGINNING: Final = {
    S.REQUESTED: {S.CONFIRMED, S.REFUSED, S.WITHDRAWN},
    # What was refused may be judged anew when more is known of the cause.
    S.REFUSED: {S.CONFIRMED, S.CLOSED},
    S.WITHDRAWN: {S.CLOSED},
}
#: An advance replacement ends when the faulty one has come back, or was written off with a reason.
WAYS: Final = {
    Course.ADVANCE: Transitions(
        "advance replacement",
        {
            **_BEGINNING,
            S.CONFIRMED: {S.SHIPPED, S.WITHDRAWN},
            S.SHIPPED: {S.FITTED},
            S.FITTED: {S.RECEIVED, S.CLOSED},
            S.RECEIVED: {S.CLOSED},
        },
    ),
    Course.RETURN_FIRST: Transitions(
        "replacement after return",
        {
            **_BEGINNING,
            S.CONFIRMED: {S.RECEIVED, S.WITHDRAWN},
            S.RECEIVED: {S.SHIPPED, S.FITTED},  # fitted at once where it is repaired at the support centre
            S.SHIPPED: {S.FITTED},
            S.FITTED: {S.CLOSED},
        },
    ),
}
#: Nothing more is to be done.
ENDED: Final = frozenset({S.REFUSED, S.WITHDRAWN, S.CLOSED})
