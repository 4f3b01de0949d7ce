"""Two thousand devices come back at the same moment, twice; all are admitted, and their reports with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.rig import ROOT
from tests.bench.server_site import UNLIMITED
from tests.e2e.world import Place

DEVICES = 2_000


def crowd(place: Place, fleet: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.load", "--target", f"localhost:{place.ports.gateway}"]
    command += ["--fleet", str(fleet), "--streams", str(DEVICES), "--at-once", str(DEVICES), "--hold"]
    return subprocess.Popen(
        command, cwd=ROOT, env=place.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.readline())
    return told


@pytest.mark.timeout(1200)
def test_a_reconnect_storm_of_two_thousand(place: Place) -> None:
    with (place.folder / "server" / "server.toml").open("a") as config:
        config.write(UNLIMITED)
    fleet = place.folder / "fleet"
    environment = place.environment | {"DJANGO_SETTINGS_MODULE": "logix_server.settings"}
    make = [sys.executable, "-m", "tests.bench.fleet", "--out", fleet, "--count", str(DEVICES)]
    subprocess.run(make, cwd=ROOT, env=environment, check=True, timeout=600)
    standing = "SELECT count(*) FROM fleet_presence WHERE disconnected_at IS NULL"
    place.start_role("gateway")
    place.until("the gateway is ready", lambda: '"ready"' in place.log("gateway").read_text())
    for again in (False, True):
        process = crowd(place, fleet)
        try:
            told = answer(process)
            assert told["connect_failed"] == 0, told["why"]
            place.until("all are present", lambda: place.count(standing) == DEVICES)
            if not again:  # every stream breaks at once
                place.kill("gateway")
                place.start_role("gateway")
                place.until("ready again", lambda: place.log("gateway").read_text().count('"ready"') == 2)
        finally:
            process.kill()
            process.wait()
    assert place.count("SELECT count(*) FROM fleet_unit WHERE state = 'conflict'") == 0
    place.until("all are gone", lambda: place.count(standing) == 0)
