"""Every fault that a detector can name, by the part of the appliance that it is about."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes import arrays, controllers, disks, filesystems, memory, network, sensors, system
from logix_common.fault_codes.entry import FindingCode

#: By code. A code is append-only: stored faults and tickets name it for years.
CODES: Final[dict[str, FindingCode]] = {
    entry.code: entry
    for table in (disks, arrays, memory, sensors, network, filesystems, system, controllers)
    for entry in table.CODES
}
