"""A fault opens a ticket, and what an engineer needs of it comes by itself: real agent and server."""

from __future__ import annotations

import io
import json
import random
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import Appliance, Place

pytestmark = pytest.mark.timeout(400)

ATTACHED = "SELECT count(*) FROM tickets_attachment"


def attachments(place: Place) -> list[dict[str, Any]]:
    query = (
        "SELECT t.number, a.sha256, a.size, a.public FROM tickets_attachment a"
        " JOIN tickets_ticket t ON t.id = a.ticket_id ORDER BY a.id"
    )
    with place.database() as cursor:
        names = ("number", "sha256", "size", "public")
        return [dict(zip(names, row, strict=True)) for row in cursor.execute(query).fetchall()]


def blob(place: Place, sha256: str) -> Path:
    return place.folder / "server" / "blobs" / sha256[:2] / sha256[2:]


def unpacked(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return {
            member.name: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive.getmembers()
        }


def failing(place: Place) -> Appliance:
    appliance = place.appliance("LGX-1")
    appliance.start()
    place.until("connected", lambda: place.connected("LGX-1"))
    return appliance


def ticket_gets_its_bundle(place: Place) -> None:
    place.start_role("up")
    appliance = failing(place)
    appliance.machine.fail_disk("sda")
    place.until("a bundle is attached", lambda: place.count(ATTACHED) == 1)

    [told] = attachments(place)
    [ticket] = place.ask("ticket", "list")
    assert (told["number"], bool(told["public"])) == (ticket["number"], False)
    data = blob(place, told["sha256"]).read_bytes()
    assert len(data) == told["size"]
    parts = unpacked(data)
    manifest = json.loads(parts["diagnostics/manifest.json"])
    assert manifest["ticket"] == ticket["number"]
    assert manifest["codes"] == ["disk.pending-sectors"]
    listed = {part["name"]: part for part in manifest["parts"]}
    assert {"kernel-log.txt", "health.json", "inventory.json", "agent/status.json"} <= listed.keys()
    assert "tools/smartctl-sda.txt" in listed
    assert json.loads(parts["diagnostics/inventory.json"])["serial"] == "LGX-1"
    everything = b"".join(parts.values())
    for secret in (appliance.state / "identity").rglob("key.pem"):
        assert secret.read_bytes().splitlines()[1] not in everything
    place.until("the agent has forgotten it", lambda: not list(appliance.state.glob("diagnostics/*.bundle")))
    order = next(
        o for o in place.ask("device", "show", "LGX-1")["orders"] if o["kind"] == "collect-diagnostics"
    )
    assert order["state"] == "done"
    assert place.server("audit", "verify")


def test_a_ticket_gets_its_bundle(place: Place) -> None:
    ticket_gets_its_bundle(place)


@pytest.mark.postgres
def test_a_ticket_gets_its_bundle_on_postgresql(postgres_place: Place) -> None:
    ticket_gets_its_bundle(postgres_place)


def orders(place: Place, *states: str) -> int:
    listed = ", ".join(f"'{state}'" for state in states)
    query = f"SELECT count(*) FROM fleet_order WHERE kind = 'collect-diagnostics' AND state IN ({listed})"
    return place.count(query)


def bundles_survive_kills(place: Place, seed: int) -> None:
    """Agent and server are killed while bundles are made and sent: each ticket gets its own, once."""
    chance = random.Random(seed)
    for role in ("gateway", "jobs"):
        place.start_role(role)
    appliance = failing(place)
    appliance.machine.fail_disk("sda")
    appliance.machine.fail_disk("sdb")
    place.until("two bundles are ordered", lambda: orders(place, "waiting", "sent", "done") == 2)
    for victim in ("gateway", appliance.name, "jobs", appliance.name, "gateway", appliance.name):
        pause = time.monotonic() + chance.uniform(0.2, 1.5)
        place.until("a random instant", lambda pause=pause: time.monotonic() > pause)
        place.kill(victim)
        if victim == appliance.name:
            appliance.start()
        else:
            place.start_role(victim)
    place.until("both are attached", lambda: place.count(ATTACHED) == 2)
    place.until("both orders are done", lambda: orders(place, "done") == 2)
    told = attachments(place)
    assert len({one["number"] for one in told}) == 2
    for one in told:
        manifest = json.loads(unpacked(blob(place, one["sha256"]).read_bytes())["diagnostics/manifest.json"])
        assert manifest["ticket"] == one["number"]
    assert not list((place.folder / "server" / "uploads").glob("*"))


def test_two_tickets_at_once_get_their_bundles_whatever_is_killed(place: Place) -> None:
    bundles_survive_kills(place, seed=4)


@pytest.mark.postgres
def test_two_tickets_at_once_get_their_bundles_whatever_is_killed_on_postgresql(
    postgres_place: Place,
) -> None:
    bundles_survive_kills(postgres_place, seed=5)


def test_a_bundle_is_taken_out_on_the_command_line(place: Place) -> None:
    place.start_role("up")
    appliance = failing(place)
    appliance.machine.force_read_only("/var")
    place.until("a bundle is attached", lambda: place.count(ATTACHED) >= 1)
    number = attachments(place)[0]["number"]
    [listed] = place.ask("ticket", "attachment", "list", number)
    out = place.folder / "bundle.tar.gz"
    place.server("ticket", "attachment", "get", number, str(listed["id"]), "--out", str(out))
    assert "diagnostics/manifest.json" in unpacked(out.read_bytes())
    assert len(out.read_bytes()) == listed["size"]
    read = [
        row
        for row in place.ask("audit", "list", "--limit", "500")
        if row["action"] == "ticket.attachment-read"
    ]
    assert len(read) == 1
