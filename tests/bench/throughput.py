"""Health reports of 21 points, committed with full durability, against a bare echo on the same streams."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from tests.bench.rig import SERVER_CORE, Measured, load, started
from tests.bench.server_site import Site, make_site

STREAMS = 200


@contextmanager
def echo(site: Site) -> Iterator[tuple[Measured, str]]:
    """The bare peer with the site's own certificates."""
    command = [sys.executable, "-m", "tests.bench.echo", "--pki", site.fleet]
    with started(command, SERVER_CORE, site.environment, site.folder / "echo.log") as process:
        yield process, f"localhost:{process.line()['port']}"


def one_round(name: str, site: Site, seconds: float) -> tuple[float, float]:
    """(messages a second, server CPU µs a message) of the echo or of the site's gateway."""
    options = ("--streams", str(STREAMS), "--seconds", str(seconds))
    if name == "echo":
        with echo(site) as (process, target):
            answer = load(target, site.fleet, site.environment, *options)
            cpu = process.cpu_seconds()
    else:
        with site.gateway() as process:
            begun = process.cpu_seconds()
            answer = load(site.target, site.fleet, site.environment, *options)
            cpu = process.cpu_seconds() - begun
    rate = answer["messages_per_second"]
    per_message = cpu / (rate * (seconds + 2)) * 1e6
    print(
        f"  {name:<22} {rate:8.0f} reports/s  p50 {answer['p50_ms']:6.1f} ms  p99 {answer['p99_ms']:6.1f} ms"
        f"  ~{per_message:4.0f} µs server CPU each",
        flush=True,
    )
    return rate, per_message


def rounds(subjects: dict[str, Site], count: int, seconds: float) -> dict[str, float]:
    """Median messages a second of each subject; each round runs all of them in turn."""
    rates: dict[str, list[float]] = {name: [] for name in subjects}
    ratios: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(count):
        for name, site in subjects.items():
            rate, _ = one_round(name, site, seconds)
            rates[name].append(rate)
        for name in subjects:
            ratios[name].append(rates[name][-1] / rates["echo"][-1])
    for name in subjects:
        middle = statistics.median(ratios[name])
        print(f"| {name} | {statistics.median(rates[name]):.0f}/s | {middle:.2f} of the echo |", flush=True)
    return {name: statistics.median(values) for name, values in rates.items()}


def fill(site: Site, stored: int) -> None:
    """Put `stored` reports into the table as two and a half weeks of the bench's devices would have."""
    begun = time.monotonic()
    site.run(
        sys.executable, "-m", "tests.bench.health_fill", "--reports", str(stored), "--units", str(STREAMS)
    )
    print(f"  {stored} reports stored in {time.monotonic() - begun:.0f} s", flush=True)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Print the rounds on SQLite and PostgreSQL, then again with `--stored` reports in the table."""
    server = postgres.PostgresServer() if postgres.available() else None
    try:
        sqlite = make_site(folder / "sqlite", None, STREAMS)
        subjects = {"echo": sqlite, "gateway on SQLite": sqlite}
        if server:
            url = server.create("bench")
            subjects["gateway on PostgreSQL"] = make_site(folder / "postgres", url, STREAMS)
        first = rounds(subjects, options.rounds, options.seconds)
        if options.stored:
            fill(sqlite, options.stored)
            again = rounds({"echo": sqlite, "gateway on SQLite": sqlite}, options.rounds, options.seconds)
            ratio = again["gateway on SQLite"] / first["gateway on SQLite"]
            print(f"| at {options.stored} stored reports | {ratio:.2f} of the first figure |")
    finally:
        if server:
            server.stop()
