"""Storms share a ticket; mutes and maintenance windows keep findings back until they end. Real processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.test_kill import MOST_RAISED, feed
from tests.e2e.world import Appliance, Place

pytestmark = pytest.mark.timeout(900)

FINDINGS = 30


def connected(place: Place) -> Appliance:
    place.start_role("up")
    appliance = place.appliance("LGX-1")
    appliance.start()
    place.until("connected", lambda: place.connected("LGX-1"))
    return appliance


def states(place: Place) -> list[str]:
    return [row["state"] for row in place.ask("fault", "list")]


def tickets(place: Place) -> list[Any]:
    found: list[Any] = place.ask("ticket", "list")
    return found


def test_a_storm_of_findings_shares_one_ticket(place: Place) -> None:
    appliance = connected(place)
    appliance.kill()
    feed(appliance, 0, FINDINGS).communicate()
    appliance.start()
    place.until(
        "every fault has a ticket",
        lambda: place.count("SELECT count(*) FROM tickets_ticketfault") == FINDINGS,
    )
    assert len(tickets(place)) == MOST_RAISED + 1
    [many] = [row for row in tickets(place) if row["part"] == "many"]
    assert len(place.ask("ticket", "show", many["number"])["faults"]) == FINDINGS - MOST_RAISED


def muted_until_it_ends(place: Place) -> None:
    appliance = connected(place)
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    place.server("fault", "mute", "LGX-1", "--level", "2", "--until", until, "--why", "disk is ordered")
    appliance.machine.fail_disk("sdb", pending=24)
    place.until("the finding is on record", lambda: states(place) == ["muted"])
    assert tickets(place) == []
    place.kill("up")

    place.travel(2)
    place.start_role("up")
    place.until("the mute is over and a ticket is open", lambda: bool(tickets(place)))
    assert states(place) == ["open"]
    [mute] = place.ask("fault", "mutes", "--all")
    assert (mute["state"], mute["why"], mute["kept_back"]) == ("over", "disk is ordered", 0)
    assert place.server("audit", "verify")


def test_a_muted_fault_has_its_ticket_when_the_mute_ends(place: Place) -> None:
    muted_until_it_ends(place)


@pytest.mark.postgres
def test_a_muted_fault_has_its_ticket_when_the_mute_ends_on_postgresql(postgres_place: Place) -> None:
    muted_until_it_ends(postgres_place)


def test_maintenance_from_the_server_and_on_the_appliance(place: Place) -> None:
    appliance = connected(place)
    place.server("device", "maintenance", "LGX-1", "--for", "2h", "--why", "a new disk")
    appliance.machine.fail_disk("sdb", pending=24)
    place.until("the finding is suppressed", lambda: states(place) == ["suppressed"])
    assert place.ask("device", "show", "LGX-1")["maintenance"]["kept_back"] == 1
    place.server("device", "maintenance", "LGX-1", "--end")
    place.until("what still stands has a ticket", lambda: bool(tickets(place)))

    def own() -> Any:
        return place.ask("device", "show", "LGX-1")["own_maintenance"]

    appliance.agent("maintenance", "start", "--for", "2h", "--why", "another one")
    place.until("the appliance told of its window", lambda: bool(own()))
    assert own()["why"] == "another one"
    appliance.agent("maintenance", "stop")
    place.until("and of its end", lambda: own() is None)
