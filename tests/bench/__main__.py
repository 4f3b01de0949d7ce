"""Measure against bare peers in the same run: `make bench` (all) or `python -m tests.bench NAME …`.

Server on one core, clients on the other, everything on loopback. Quote ratios and medians: these
machines are noisy, and two absolute figures of different runs say little of each other.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench import agent, connections, latency, throughput

SECTIONS = {
    "throughput": throughput.measure,
    "connections": connections.measure,
    "agent": agent.measure,
    "latency": latency.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; default all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--stored", type=int, default=5_000_000, help="reports stored before the last rounds")
    options = parser.parse_args()
    unknown = set(options.sections) - SECTIONS.keys()
    if unknown:
        parser.error(f"unknown section: {', '.join(sorted(unknown))}")
    folder = Path(tempfile.mkdtemp(prefix="logix-bench-"))
    try:
        for name in options.sections or SECTIONS:
            print(f"\n## {name}\n", flush=True)
            SECTIONS[name](folder / name, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
