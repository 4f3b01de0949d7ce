"""The metrics of a health report, by number. Append-only: a number never gets another meaning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Metric(IntEnum):
    """Metric numbers on the wire. 1-99: the whole machine. 100 and up: one instance (disk, port, sensor)."""

    CPU_PERCENT = 1
    LOAD_1 = 2
    LOAD_5 = 3
    LOAD_15 = 4
    MEMORY_TOTAL_BYTES = 5
    MEMORY_AVAILABLE_BYTES = 6
    SWAP_TOTAL_BYTES = 7
    SWAP_USED_BYTES = 8
    UPTIME_SECONDS = 9
    PROCESS_COUNT = 10
    FILESYSTEM_TOTAL_BYTES = 100
    FILESYSTEM_USED_BYTES = 101
    FILESYSTEM_USED_PERCENT = 102
    TEMPERATURE_CELSIUS = 110
    NETWORK_RECEIVED_BYTES = 120
    NETWORK_SENT_BYTES = 121
    NETWORK_RECEIVE_ERRORS = 122
    NETWORK_SEND_ERRORS = 123
    NETWORK_RECEIVE_DROPS = 124
    NETWORK_SEND_DROPS = 125


#: Metrics that only grow until a reboot: kept by their last value, not by their mean.
COUNTERS: Final = frozenset(
    {
        Metric.UPTIME_SECONDS,
        Metric.NETWORK_RECEIVED_BYTES,
        Metric.NETWORK_SENT_BYTES,
        Metric.NETWORK_RECEIVE_ERRORS,
        Metric.NETWORK_SEND_ERRORS,
        Metric.NETWORK_RECEIVE_DROPS,
        Metric.NETWORK_SEND_DROPS,
    }
)

#: Bounds of one report; a larger one is refused as a whole.
MAX_POINTS: Final = 4_000
MAX_INSTANCES: Final = 500
MAX_NAME: Final = 128
MAX_SERVICES: Final = 200
#: Of an inventory: the agent names no more, the server refuses more.
MAX_PACKAGES: Final = 5_000


@dataclass(frozen=True)
class Point:
    """One value: `instance` is "" for the whole machine."""

    metric: int
    instance: str
    value: float
