"""Puts findings into an agent's spool, one commit each, and prints each part once it is on the disk.

Run: python -m tests.e2e.feeder SPOOL FIRST COUNT
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from logix_agent.facts import FindingEvent
from logix_agent.link.report_codec import Stamp, finding_entry
from logix_agent.link.spool import Spool
from logix_common.clock import SystemClock, to_microseconds
from logix_common.findings import Event, Evidence


def feed(path: Path, first: int, count: int) -> None:
    clock = SystemClock()
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    spool = Spool(path, 16 * 1024 * 1024, clock.now())
    for number in range(first, first + count):
        event = FindingEvent(
            event=Event.RAISED,
            finding_id=secrets.token_bytes(16),
            component="disk",
            part=f"disk:FED{number:05}",
            code="disk.pending-sectors",
            severity=2,
            evidence=(Evidence("smartctl /dev/sda", "Current_Pending_Sector", "24", "0"),),
            related_parts=(),
            slot="sda",
            serial=f"FED{number:05}",
            model="",
        )
        stamp = Stamp(to_microseconds(clock.now()), int(clock.monotonic() * 1e6), boot_id)
        spool.put([finding_entry(event, stamp)])
        print(event.part, flush=True)


if __name__ == "__main__":
    feed(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
