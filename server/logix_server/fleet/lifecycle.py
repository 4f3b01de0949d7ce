"""Which state of a unit, and of an order to it, may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class UnitState(StrEnum):
    """The states of `fleet.models.Unit`."""

    REGISTERED = "registered"
    ACTIVE = "active"
    CONFLICT = "conflict"
    REVOKED = "revoked"
    DECOMMISSIONED = "decommissioned"


UNIT: Final = Transitions(
    "unit",
    {
        UnitState.REGISTERED: {UnitState.ACTIVE, UnitState.REVOKED, UnitState.DECOMMISSIONED},
        UnitState.ACTIVE: {
            UnitState.ACTIVE,  # enrols anew after a reimage
            UnitState.CONFLICT,
            UnitState.REVOKED,
            UnitState.DECOMMISSIONED,
        },
        UnitState.CONFLICT: {
            UnitState.ACTIVE,
            UnitState.REGISTERED,
            UnitState.REVOKED,
            UnitState.DECOMMISSIONED,
        },
        UnitState.REVOKED: {UnitState.REGISTERED, UnitState.DECOMMISSIONED},
    },
)


class OrderState(StrEnum):
    """The states of `fleet.models.Order`."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


_ENDS: Final = {OrderState.DONE, OrderState.FAILED, OrderState.EXPIRED}

ORDER: Final = Transitions(
    "order",
    {
        # A device may answer before the gateway has written that the order was handed to it.
        OrderState.WAITING: {OrderState.SENT, *_ENDS},
        OrderState.SENT: {OrderState.SENT, *_ENDS},  # sent again
    },
)
