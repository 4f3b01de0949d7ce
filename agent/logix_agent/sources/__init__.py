"""The table of what is read and judged, in this order; what is read for reports alone stands in `watch`.

A new probe and its detector are wired by a source in the file of its kind, and its name below.
"""

from __future__ import annotations

from typing import Any, Final

from logix_agent.sources.machine import KERNEL_LOG, MEMORY, MODULES, PORT_MODULES, PORTS
from logix_agent.sources.sensors import (
    CHIPS,
    CLOCK,
    CONTROLLER_LOG,
    CONTROLLER_SENSORS,
    FIRMWARE,
    POWER_SUPPLIES,
    UPS,
    WATCHDOGS,
)
from logix_agent.sources.source import Known, Machine, Source
from logix_agent.sources.storage import (
    ARRAYS,
    DISKS,
    FILESYSTEM_ERRORS,
    FILESYSTEMS,
    FLASH_CARDS,
    POOLS,
    VOLUMES,
)

__all__ = ["ARRAYS", "CHIPS", "DISKS", "FILESYSTEMS", "SOURCES", "Known", "Machine", "Source"]

SOURCES: Final[tuple[Source[Any], ...]] = (
    DISKS,
    FLASH_CARDS,
    ARRAYS,
    VOLUMES,
    POOLS,
    MEMORY,
    CHIPS,
    CONTROLLER_SENSORS,
    CONTROLLER_LOG,
    FIRMWARE,
    POWER_SUPPLIES,
    UPS,
    WATCHDOGS,
    CLOCK,
    FILESYSTEMS,
    FILESYSTEM_ERRORS,
    KERNEL_LOG,
    PORT_MODULES,
    PORTS,
    MODULES,
)
