"""UPD-6 from the contract to the appliance and back: real processes, real programs, real signatures."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import Appliance, Place

pytestmark = pytest.mark.timeout(300)


class Modules:
    """Two modules of an appliance, each a flag file that programs of the machine make and remove."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "modules.d"
        self.flags = folder / "flags"
        self.folder.mkdir(parents=True)
        self.flags.mkdir()
        for name, security in (("firewall", True), ("webfilter", False)):
            flag = str(self.flags / name)
            (self.flags / name).touch()
            (self.folder / f"{name}.toml").write_text(
                f"security = {json.dumps(security)}\n"
                f"on = {json.dumps([['touch', flag]])}\n"
                f"off = {json.dumps([['rm', '-f', flag]])}\n"
                f"state = {json.dumps(['test', '-e', flag])}\n"
            )

    def on(self) -> set[str]:
        return {flag.name for flag in self.flags.iterdir()}


def without_grace(place: Place) -> None:
    with (place.folder / "server" / "server.toml").open("a") as config:
        config.write("module_grace_days = 0\n")


def stated(place: Place) -> dict[str, Any]:
    return place.ask("device", "modules", "LGX-1")


def as_told(appliance: Appliance) -> dict[str, Any]:
    done = appliance.agent("modules", "--json", check=False)
    return {"exit": done.returncode, **json.loads(done.stdout)}


def lapse_and_renewal(place: Place) -> None:
    without_grace(place)
    modules = Modules(place.folder / "machine")
    bought = date.today() - timedelta(days=800)
    place.start_role("up")
    appliance = place.appliance(
        "LGX-1", purchased=bought.isoformat(), sysroot="/", modules_dir=str(modules.folder)
    )
    appliance.start()
    place.until("the module is off", lambda: modules.on() == {"firewall"})
    place.until("the server knows", lambda: stated(place)["acknowledged"])
    told = stated(place)
    assert (told["state"], told["clauses"]) == ("disabled", ["UPD-6"])
    place.until("and how it is", lambda: {m["running"] for m in stated(place)["modules"]} == {"yes", "no"})
    here = as_told(appliance)
    assert here["exit"] == 0
    assert {m["name"]: (m["wanted"], m["running"]) for m in here["modules"]} == {
        "firewall": ("runs", "yes"),
        "webfilter": ("disabled", "no"),
    }

    appliance.kill()  # nothing but a statement turns it on again, also not the next life
    appliance.start()
    place.until("connected again", lambda: place.connected("LGX-1"))
    assert modules.on() == {"firewall"}

    place.server("contract", "renew", "LGX-1", "--from", date.today().isoformat(), "--years", "1")
    place.until("the module is on again", lambda: modules.on() == {"firewall", "webfilter"})
    place.until("the server knows of it", lambda: stated(place)["acknowledged"])
    assert stated(place)["state"] == "runs"
    assert {row["state"] for row in stated(place)["statements"]} == {"disabled", "runs"}


def test_a_lapse_turns_a_module_off_and_a_renewal_on_again(place: Place) -> None:
    lapse_and_renewal(place)


@pytest.mark.postgres
def test_a_lapse_turns_a_module_off_and_a_renewal_on_again_on_postgresql(postgres_place: Place) -> None:
    lapse_and_renewal(postgres_place)


def test_keys_are_replaced_under_a_running_agent(place: Place) -> None:
    without_grace(place)
    modules = Modules(place.folder / "machine")
    place.start_role("up")
    appliance = place.appliance(
        "LGX-1", purchased=date.today().isoformat(), sysroot="/", modules_dir=str(modules.folder)
    )
    appliance.start()
    place.until("a statement is accepted", lambda: stated(place).get("acknowledged", False))
    [first] = {row["key"] for row in stated(place)["statements"]}
    place.server("pki", "statement-key")
    place.until("the bundle is taken", lambda: appliance.status().get("trust_version") == 2)
    place.until("the server knows", lambda: place.ask("device", "show", "LGX-1")["trust_version"] == 2)
    place.server("pki", "statement-key-retire", first)
    place.server("contract", "renew", "LGX-1", "--from", date.today().isoformat(), "--years", "3")
    place.until(
        "a statement of the new key is accepted",
        lambda: stated(place)["acknowledged"] and stated(place)["statements"][0]["key"] != first,
    )
    assert modules.on() == {"firewall", "webfilter"}
    assert stated(place)["problem"] == ""
