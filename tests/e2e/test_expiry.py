"""A device whose certificate ran out while it was away: renewed by proof of the old key, or not."""

from __future__ import annotations

import json

import pytest

from tests.e2e.world import Appliance, Place

pytestmark = pytest.mark.timeout(900)

EXPIRED = 100  # days: certificates hold for 90 …
GRACE_OVER = 125  # … and 30 more they may be renewed


def certificate(appliance: Appliance) -> bytes:
    """The chain in use; b"" between two."""
    identity = appliance.state / "identity"
    pointer = json.loads((identity / "identity.json").read_bytes())
    try:
        return (identity / pointer["current"] / "chain.pem").read_bytes()
    except FileNotFoundError:
        return b""


def been_connected(place: Place, *serials: str) -> list[Appliance]:
    """Appliances that were connected with their first certificate and then switched off."""
    appliances = [place.appliance(serial) for serial in serials]
    for appliance in appliances:
        appliance.start()
    for appliance in appliances:
        place.until("connected", lambda serial=appliance.serial: place.connected(serial))
        appliance.kill()
        place.until("gone", lambda serial=appliance.serial: not place.connected(serial))
    return appliances


@pytest.mark.parametrize("clock", ["", "@1970-01-02 00:00:00"], ids=["right clock", "dead clock battery"])
def test_an_expired_certificate_is_renewed(place: Place, clock: str) -> None:
    place.start_role("up")
    [appliance] = been_connected(place, "LGX-1")
    first = certificate(appliance)
    place.kill("up")

    place.travel(EXPIRED)
    place.start_role("up")
    appliance.start(clock)
    place.until("connected", lambda: place.connected("LGX-1"))
    assert "the expired certificate was renewed" in place.log(appliance.name).read_text()
    place.until("the new one is in use", lambda: certificate(appliance) not in {b"", first})
    appliance.machine.fail_disk("sdb")
    place.until("it reports again", lambda: bool(place.ask("ticket", "list")))


def test_a_revoked_one_is_not_renewed_though_it_ran_out(place: Place) -> None:
    place.start_role("up")
    kept, stolen = been_connected(place, "LGX-1", "LGX-2")
    place.server("device", "revoke", "LGX-2", "--reason", "stolen")
    place.kill("up")

    place.travel(EXPIRED)
    place.start_role("up")
    stolen.start()
    place.until("the agent knows why", lambda: "revoked" in str(stolen.status()))
    kept.start()
    place.until("the other one is renewed", lambda: place.connected("LGX-1"))
    assert not place.connected("LGX-2")
    issued = "SELECT count(*) FROM pki_certificate WHERE state <> 'revoked'"
    assert place.count(issued) == 2, "the old and the new one of the device that was kept"


def test_after_the_grace_period_it_takes_an_operator(place: Place) -> None:
    place.start_role("up")
    [appliance] = been_connected(place, "LGX-1")
    place.kill("up")

    place.travel(GRACE_OVER)
    place.start_role("up")
    appliance.start()
    place.until("the agent knows why", lambda: "grace" in str(appliance.status()))
    assert place.count("SELECT count(*) FROM pki_certificate") == 1
