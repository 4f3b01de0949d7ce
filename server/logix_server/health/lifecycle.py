"""Which state of a fault may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class FaultState(StrEnum):
    """The states of `health.models.Fault`."""

    OPEN = "open"
    RECOVERED = "recovered"


#: What has recovered stays so: a fault that comes back is a new one.
FAULT: Final = Transitions("fault", {FaultState.OPEN: {FaultState.RECOVERED}})
