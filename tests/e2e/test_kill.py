"""`kill -9` of server and agent at random instants: nothing that was promised is lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from tests.bench.rig import ROOT
from tests.e2e.world import Appliance, Place

FINDINGS = 1_000
MOST_RAISED = 10  # logix_server.tickets.actions: findings of a unit within an hour; more are a storm


def feed(appliance: Appliance, first: int, count: int) -> subprocess.Popen[str]:
    spool = next(appliance.state.rglob("spool*.sqlite3"))
    command = [sys.executable, "-m", "tests.e2e.feeder", str(spool), str(first), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def spool_written_under_kills(appliance: Appliance, chance: random.Random) -> list[str]:
    """The agent's side: killed while it writes its spool. What the writer said was durable."""
    promised: list[str] = []
    while len(promised) < FINDINGS:
        writer = feed(appliance, len(promised), FINDINGS - len(promised))
        assert writer.stdout is not None
        stop_at = chance.randrange(100, 400)
        for line in writer.stdout:
            promised.append(line.strip())
            stop_at -= 1
            if not stop_at:
                writer.kill()
                break
        promised += [line.strip() for line in writer.stdout if line.endswith("\n")]
        writer.wait()
    return promised


def delivered_under_kills(place: Place, appliance: Appliance, chance: random.Random) -> None:
    """Kill one process after another at random instants until the server has stored them all."""
    appliance.start()
    deadline = time.monotonic() + 90
    while place.count("SELECT count(*) FROM health_fault") < FINDINGS and time.monotonic() < deadline:
        victim = chance.choice(["gateway", "jobs", appliance.name])
        pause = time.monotonic() + chance.uniform(0.3, 2.5)
        place.until("a random instant", lambda pause=pause: time.monotonic() > pause)
        place.kill(victim)
        if victim == appliance.name:
            appliance.start()
        else:
            place.start_role(victim)


def stored_parts(place: Place) -> list[str]:
    with place.database() as cursor:
        told = "SELECT part FROM health_fault WHERE part LIKE 'disk:FED%' ORDER BY part"
        return [row[0] for row in cursor.execute(told).fetchall()]


def thousand_findings_survive_kills(place: Place, seed: int) -> None:
    chance = random.Random(seed)
    place.start_role("gateway")
    place.start_role("jobs")
    appliance = place.appliance("LGX-1")
    appliance.start()
    place.until("connected", lambda: place.connected("LGX-1"))
    appliance.kill()
    promised = set(spool_written_under_kills(appliance, chance))
    delivered_under_kills(place, appliance, chance)

    place.until("all findings are stored", lambda: len(stored_parts(place)) >= len(promised), seconds=300)
    assert stored_parts(place) == sorted(promised)
    raised = "SELECT count(*) FROM health_faultevent WHERE kind = 'raised'"
    assert place.count(raised) == FINDINGS
    place.until(
        "every fault is decided",
        lambda: place.count("SELECT count(*) FROM health_fault WHERE covered IS NULL") == 0,
        seconds=300,
    )
    assert place.count("SELECT count(DISTINCT fault_id) FROM tickets_ticketfault") == FINDINGS
    tickets = MOST_RAISED + 1  # the last of them is about all further faults
    assert place.count("SELECT count(*) FROM tickets_ticket") == tickets
    assert place.count("SELECT count(DISTINCT part) FROM tickets_ticket") == tickets
    assert place.count("SELECT count(DISTINCT number) FROM tickets_ticket") == tickets
    assert place.server("audit", "verify")


@pytest.mark.timeout(1200)
def test_a_thousand_findings_survive_kills(place: Place) -> None:
    thousand_findings_survive_kills(place, seed=20261122)


@pytest.mark.postgres
@pytest.mark.timeout(1200)
def test_a_thousand_findings_survive_kills_on_postgresql(postgres_place: Place) -> None:
    thousand_findings_survive_kills(postgres_place, seed=29)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_with_other_seeds(place: Place, seed: int) -> None:
    thousand_findings_survive_kills(place, seed)
