"""Which state of a fault or a suppression may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class FaultState(StrEnum):
    """The states of `health.models.Fault`."""

    OPEN = "open"
    RECOVERED = "recovered"


class SuppressionState(StrEnum):
    """The states of `health.models.Suppression`."""

    STANDING = "standing"
    LIFTED = "lifted"
    OVER = "over"


#: What has recovered stays so: a fault that comes back is a new one.
FAULT: Final = Transitions("fault", {FaultState.OPEN: {FaultState.RECOVERED}})

#: What has ended stays so: whoever wants it again says so anew, with a reason and an end.
SUPPRESSION: Final = Transitions(
    "suppression",
    {SuppressionState.STANDING: {SuppressionState.LIFTED, SuppressionState.OVER}},
)
