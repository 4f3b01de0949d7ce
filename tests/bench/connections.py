"""Memory per connection and connects a second, against the echo, at 1,000 and 5,000 streams."""

from __future__ import annotations

import argparse
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.rig import CLIENT_CORE, Measured, started
from tests.bench.server_site import Site, make_site
from tests.bench.throughput import echo

COUNTS = (1_000, 5_000)


def hold(process: Measured, target: str, site: Site, streams: int) -> dict[str, Any]:
    """Connect `streams`, read the server's memory and CPU while they are held, then let go."""
    empty, cpu = process.rss_mib(), process.cpu_seconds()
    command = [sys.executable, "-m", "tests.bench.load", "--target", target, "--fleet", site.fleet]
    command += ["--streams", str(streams), "--hold"]
    log = site.folder / "load.log"
    with started([str(part) for part in command], CLIENT_CORE, site.environment, log) as client:
        answer = client.line()
        if answer["connect_failed"]:
            raise RuntimeError(f"{answer['connect_failed']} of {streams} connections failed")
        used, spent = process.rss_mib(), process.cpu_seconds() - cpu
        assert client.process.stdin is not None
        client.process.stdin.close()
        client.process.wait(60)
    return {
        "kib": (used - empty) * 1024 / streams,
        "rate": streams / answer["connect_seconds"],
        "cpu_ms": spent / streams * 1e3,
    }


@contextmanager
def subject(name: str, site: Site):
    if name == "echo":
        with echo(site) as (process, target):
            yield process, target
    else:
        with site.gateway() as process:
            yield process, site.target


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Print both subjects at both counts, and the ratios."""
    del options
    site = make_site(folder, None, max(COUNTS))
    for streams in COUNTS:
        figures = {}
        for name in ("echo", "gateway"):
            with subject(name, site) as (process, target):
                figures[name] = each = hold(process, target, site, streams)
            print(
                f"  {streams} streams, {name:<8} {each['kib']:6.1f} KiB each, {each['rate']:5.0f} connects/s,"
                f" {each['cpu_ms']:.2f} ms server CPU each",
                flush=True,
            )
        memory = figures["gateway"]["kib"] / figures["echo"]["kib"]
        rate = figures["gateway"]["rate"] / figures["echo"]["rate"]
        print(f"| {streams} streams | memory {memory:.2f} of the echo | connects {rate:.2f} of the echo |")
