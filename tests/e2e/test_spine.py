"""From a fault on a machine to the right ticket: real processes, real mutual TLS, both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.world import BOUGHT, Place

pytestmark = pytest.mark.timeout(900)


def fault_becomes_ticket(place: Place) -> None:
    place.start_role("up")
    appliance = place.appliance("LGX-1")
    place.server("contract", "add", "LGX-1", "--package", "profesyonel", "--from", BOUGHT, "--years", "1")
    appliance.start()
    place.until("connected", lambda: place.connected("LGX-1"))
    stored = "SELECT (SELECT count(*) FROM health_inbox) + (SELECT count(*) FROM health_report)"
    place.until("health is stored", lambda: place.count(stored) > 0)
    appliance.machine.fail_disk("sdb", pending=24)
    place.until("a ticket", lambda: bool(place.ask("ticket", "list")))
    ticket = the_right_ticket(place)

    appliance.machine.lose_raid_member("sdb")
    place.until("the array's fault", lambda: len(place.ask("fault", "list")) == 2)
    place.until(
        "it joins", lambda: all(row["ticket"] == ticket["number"] for row in place.ask("fault", "list"))
    )
    assert len(place.ask("ticket", "list")) == 1

    place.until("the inventory", lambda: bool(place.ask("device", "show", "LGX-1")["product_version"]))
    shown = place.ask("device", "show", "LGX-1")
    assert shown["product_version"] == "5.4.2"
    assert shown["patch_level"] == "2026-02-10"

    appliance.machine.recover()
    place.until(
        "both recoveries", lambda: {row["state"] for row in place.ask("fault", "list")} == {"recovered"}
    )
    [after] = place.ask("ticket", "list")
    assert after["state"] not in {"solved", "closed"}
    assert place.server("audit", "verify")


def the_right_ticket(place: Place) -> dict[str, Any]:
    """The one ticket, once it is certain that level, package and deadline are what the terms say."""
    [ticket] = place.ask("ticket", "list")
    assert (ticket["device"], ticket["component"], ticket["level"]) == ("LGX-1", "disk", 2)
    assert ticket["package"] == "profesyonel"
    assert "PRI-4" in ticket["level_clauses"]
    assert ticket["deadline_clauses"][0] == "MAT-7"
    assert ticket["deadline"] is not None
    return ticket


def test_a_fault_becomes_the_right_ticket(place: Place) -> None:
    fault_becomes_ticket(place)


@pytest.mark.postgres
def test_a_fault_becomes_the_right_ticket_on_postgresql(postgres_place: Place) -> None:
    fault_becomes_ticket(postgres_place)


def test_revocation_ends_a_live_stream_and_survives_a_restart(place: Place) -> None:
    place.start_role("up")
    appliance = place.appliance("LGX-1")
    appliance.start()
    place.until("connected", lambda: place.connected("LGX-1"))
    place.server("device", "revoke", "LGX-1", "--reason", "stolen")
    place.until("the stream ends", lambda: not place.connected("LGX-1"))
    place.until("the agent knows why", lambda: "revoked" in str(appliance.status()))
    place.kill("up")
    appliance.kill()
    place.start_role("up")
    told = len(place.log(appliance.name).read_text())
    appliance.start()
    place.until("it tried again", lambda: "revoked" in place.log(appliance.name).read_text()[told:])
    assert not place.connected("LGX-1")
