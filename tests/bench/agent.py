"""The idle agent's memory and CPU, against a bare grpc.aio + psutil stream client, side by side."""

from __future__ import annotations

import argparse
import compileall
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.rig import BIN, ROOT, started, until
from tests.bench.server_site import Site, make_site
from tests.bench.throughput import echo

SETTLE_SECONDS, MEASURE_SECONDS = 20, 150


def enrolled_agent(site: Site) -> Path:
    """An enrolled agent of this very machine, reporting as often as the bare client; its configuration."""
    folder = site.folder / "agent"
    folder.mkdir()
    bundle = folder / "bundle.json"
    site.run(BIN / "logix-server", "customer", "add", "Idle")
    site.run(
        *(BIN / "logix-server", "device", "register", "IDLE-1", "--customer", "Idle", "--model", "bench"),
        *("--purchased", "2026-01-01", "--hardware", "logix", "--bundle-out", bundle),
    )
    config = folder / "agent.toml"
    settings = {"state_dir": str(folder / "state"), "health_interval_seconds": 30}
    config.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items()))
    site.run(BIN / "logix-agent", "enrol", "--bundle", bundle, "--serial", "IDLE-1", "--config", config)
    return config


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Print memory (MiB) and CPU seconds an hour of both, and the ratios."""
    del options
    for package in ("agent", "common"):  # as pip installs it: what is compiled at the start stays in the heap
        compileall.compile_dir(ROOT / package, quiet=1)
    site = make_site(folder, None, 1)
    with ExitStack() as stack:
        _, echo_target = stack.enter_context(echo(site))
        stack.enter_context(site.gateway())
        config = enrolled_agent(site)
        bare = [sys.executable, "-m", "tests.bench.bare_client", "--target", echo_target]
        bare += ["--fleet", str(site.fleet), "--number", "0"]
        commands = {"bare client": bare, "agent": [str(BIN / "logix-agent"), "run", "--config", str(config)]}
        running = {
            name: stack.enter_context(started(command, None, site.environment, site.folder / f"{name}.log"))
            for name, command in commands.items()
        }
        until(lambda: _connected(config), "the agent is connected")
        time.sleep(SETTLE_SECONDS)
        before = {name: process.cpu_seconds() for name, process in running.items()}
        time.sleep(MEASURE_SECONDS)
        figures = {}
        for name, process in running.items():
            hourly = (process.cpu_seconds() - before[name]) * 3600 / MEASURE_SECONDS
            figures[name] = process.rss_mib(), hourly
            print(f"  {name:<12} {figures[name][0]:6.1f} MiB resident, {hourly:5.1f} CPU-s/h", flush=True)
        memory = figures["agent"][0] / figures["bare client"][0]
        cpu = figures["agent"][1] / figures["bare client"][1]
        print(f"| idle agent | memory {memory:.2f} of the bare client | CPU {cpu:.2f} of it |")


def _connected(config: Path) -> bool:
    status = [BIN / "logix-agent", "status", "--json", "--config", config]
    done = subprocess.run(status, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return bool(json.loads(done.stdout or "{}").get("connected"))
