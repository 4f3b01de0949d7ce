"""Appliances whose clock lies: they connect, renew and report all the same."""

from __future__ import annotations

import pytest

from tests.e2e.world import Place

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("clock", ["@1970-01-02 00:00:00", "@2100-06-01 00:00:00"])
def test_a_lying_clock_changes_nothing(place: Place, clock: str) -> None:
    place.start_role("up")
    appliance = place.appliance("LGX-1")
    appliance.start(clock)
    place.until("connected", lambda: place.connected("LGX-1"))
    appliance.machine.fail_disk("sdb")
    place.until("a ticket", lambda: bool(place.ask("ticket", "list")))
    [fault] = place.ask("fault", "list")
    shown = place.ask("fault", "show", str(fault["id"]))
    # Our time decides; the device's own is kept beside it.
    assert shown["raised_at"][:4] not in {"1970", "2100"}
    assert shown["device_time"][:4] == clock[1:5]
