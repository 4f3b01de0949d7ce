"""From a finding on the wire to its committed ticket, with an idle gateway and under full load."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

from logix_common.clock import SystemClock, to_microseconds
from logix_common.wire.v1 import link_pb2

from tests.bench.load import Device
from tests.bench.rig import CLIENT_CORE, ROOT
from tests.bench.server_site import Site, make_site

STREAMS, FINDINGS = 200, 60


def finding(sequence: int, part: str) -> link_pb2.DeviceMessage:
    clock = SystemClock()
    entry = link_pb2.Entry(
        sequence=sequence,
        device_time_us=to_microseconds(clock.now()),
        boottime_us=int(clock.monotonic() * 1e6),
        finding=link_pb2.Finding(
            finding_id=secrets.token_bytes(16),
            event=link_pb2.FINDING_EVENT_RAISED,
            component="disk",
            part=part,
            code="disk.pending-sectors",
            severity=2,
        ),
    )
    return link_pb2.DeviceMessage(batch=link_pb2.Batch(entries=[entry]))


async def times(site: Site, label: str, count: int) -> list[float]:
    """Seconds from writing each of `count` findings to its ticket being visible to another process."""
    device = Device(site.target, site.fleet, STREAMS)
    await device.connect()
    reader = sqlite3.connect(site.folder / "data" / "logix.sqlite3", timeout=20)
    seconds = []
    for number in range(1, count + 1):
        part = f"disk:{label}-{number}"
        begun = time.perf_counter()
        await device.write(finding(number, part))
        while not reader.execute("SELECT 1 FROM tickets_ticket WHERE part = ?", (part,)).fetchone():
            if time.perf_counter() - begun > 30:
                raise RuntimeError(f"no ticket for {part} after 30 s")
            await asyncio.sleep(0.001)
        seconds.append(time.perf_counter() - begun)
        if number % 40 == 0:  # with too many open ones the next would only join
            reader.execute("UPDATE tickets_ticket SET state = 'closed'")
            reader.commit()
    reader.close()
    await device.close()
    return seconds


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Print median and worst of both."""
    del options
    site = make_site(folder, None, STREAMS + 1)
    with site.gateway():
        report("idle", asyncio.run(times(site, "idle", FINDINGS)))
        command = ["taskset", "-c", str(CLIENT_CORE), sys.executable, "-m", "tests.bench.load"]
        command += ["--target", site.target, "--fleet", str(site.fleet), "--streams", str(STREAMS)]
        load = subprocess.Popen([*command, "--seconds", "60"], cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            time.sleep(6)
            report("under full load", asyncio.run(times(site, "load", FINDINGS)))
        finally:
            load.terminate()
            load.wait()


def report(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    middle, worst = statistics.median(ordered) * 1e3, ordered[-1] * 1e3
    print(
        f"| finding to ticket, {name} | median {middle:.1f} ms | worst of {len(ordered)} {worst:.1f} ms |",
        flush=True,
    )
