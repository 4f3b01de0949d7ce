"""Network ports in every form that is read, of our own writing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import ports
from logix_agent.probes import port_texts
from logix_agent.probes.port_readings import Bond, BondMember, NetReading, Port
from logix_agent.replay import command
from logix_agent.replay.network import judged

from tests.agent.machine_facts import FIXTURES

TEXTS: dict[str, tuple[str, list[tuple[str, int]]]] = {
    "ethtool-gigabit.txt": ("healthy", []),
    "ethtool-below-partner.txt": ("faulty", [("nic.speed-low", 3)]),
    "ethtool-slow-partner-unknown.txt": ("faulty", [("nic.speed-low", 3)]),
    "ethtool-slow-partner.txt": ("healthy", []),
    "ethtool-set-by-hand.txt": ("healthy", []),
    "ethtool-half-duplex.txt": ("faulty", [("nic.half-duplex", 3)]),
    "ethtool-no-link.txt": ("unknown", []),
    "ethtool-no-device.txt": ("unknown", []),
    "ethtool-statistics-damaged.txt": ("faulty", [("nic.receive-errors", 3)]),
    "live-copper.txt": ("healthy", []),
    "live-copper-slow.txt": ("faulty", [("nic.speed-low", 3)]),
    "live-fibre.txt": ("healthy", []),
    "live-fibre-no-link.txt": ("unknown", []),
    "module-healthy.txt": ("healthy", []),
    "module-hot.txt": ("faulty", [("nic.optics", 2)]),
    "module-dark.txt": ("faulty", [("nic.optics", 3)]),
    "proc-net-dev-clean.txt": ("healthy", []),
    "proc-net-dev-few.txt": ("healthy", []),
    "proc-net-dev-damaged.txt": ("faulty", [("nic.receive-errors", 3)]),
    "bonding-whole.txt": ("healthy", []),
    "bonding-member-lost.txt": ("faulty", [("nic.bond-degraded", 2)]),
    "bonding-down.txt": ("faulty", [("nic.bond-down", 1)]),
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_texts(name: str) -> None:
    told = command.answer("x", judged(FIXTURES / "netdev" / name))
    assert (told["verdict"], [(each["code"], each["level"]) for each in told["findings"]]) == TEXTS[name]


def test_no_text_is_left_out_and_an_empty_one_is_unknown(tmp_path: Path) -> None:
    assert {file.name for file in (FIXTURES / "netdev").iterdir()} == TEXTS.keys()
    (tmp_path / "empty.txt").write_text("")
    assert found(tmp_path / "empty.txt") == ("unknown", [])


def tree(root: Path, place: str = "sys/class/net/eth7", **files: str) -> Path:
    folder = root / place
    (folder / "statistics").mkdir(parents=True)
    given_files = {
        "type": "1",
        "flags": "0x1003",
        "operstate": "up",
        "carrier": "1",
        "speed": "1000",
        **files,
    }
    for name, text in given_files.items():
        (folder / name.replace("statistics_", "statistics/")).write_text(text + "\n")
    return root


def found(path: Path) -> tuple[str, list[str]]:
    told = command.answer("x", judged(path))
    return told["verdict"], [each["code"] for each in told["findings"]]


def test_trees(tmp_path: Path) -> None:
    below_devices = "sys/devices/pci0000:00/0000:00:19.0/net/eth7"
    assert found(tree(tmp_path / "a")) == ("healthy", [])
    assert found(tree(tmp_path / "b", below_devices, duplex="half")) == ("faulty", ["nic.half-duplex"])
    assert found(tree(tmp_path / "c", flags="0x1002", operstate="down", carrier="")) == ("unknown", [])
    assert found(tree(tmp_path / "d", operstate="down", carrier="0")) == ("unknown", [])
    damaged = tree(tmp_path / "e", statistics_rx_packets="9000", statistics_rx_crc_errors="90")
    assert found(damaged) == ("faulty", ["nic.receive-errors"])
    assert found(tree(tmp_path / "f", "sys/class/net/veth1", duplex="half")) == ("unknown", [])
    assert found(tree(tmp_path / "g", carrier_changes="400")) == ("faulty", ["nic.link-flapping"])


def port(**told: object) -> NetReading:
    return NetReading((Port("eth7", True, **{"link": True, "speed": 1000, "downs": 0} | told),))


def faults(reading: NetReading, notes: object, wanted: tuple[str, ...] = (), now: float = 60.0) -> list[str]:
    return [seen.code for seen in ports.judge(reading, notes, wanted, now).sightings]


def test_over_time() -> None:
    notes = ports.noted(port(), {}, 0.0)
    assert faults(port(), notes) == []
    assert faults(port(link=False, speed=None), notes) == ["nic.link-lost"]
    assert faults(port(speed=100), notes) == ["nic.speed-low"]
    assert faults(port(downs=3), notes) == ["nic.link-flapping"]
    assert faults(port(downs=2), notes) == []
    assert faults(port(downs=3), ports.noted(port(downs=3), notes, 5000.0), now=5001.0) == []


def test_a_port_without_a_cable_is_a_fault_only_where_it_is_wanted() -> None:
    assert faults(port(link=False, speed=None), {}) == []
    assert faults(port(link=False, speed=None), {}, ("eth7",)) == ["nic.link-lost"]


SEEDS = [
    (FIXTURES / "netdev" / f"{name}.txt").read_text()
    for name in ("ethtool-gigabit", "proc-net-dev-few", "module-hot", "bonding-member-lost")
]


@given(st.text(max_size=500), st.sampled_from(SEEDS), st.integers(0, 400))
def test_any_text_is_answered(junk: str, text: str, place: int) -> None:
    for given_text in (junk, text[:place], text[:place] + junk + text[place:]):
        ports.judge(port_texts.parse(given_text), {"eth7": json.dumps(junk)})


def bonded(first: bool, second: bool, failures: int = 0, downs: int | None = None) -> NetReading:
    """Two ports of which each is up or down, and their bond."""
    names = {"eth0": first, "eth1": second}
    ports_there = tuple(Port(name, True, link=up, downs=downs) for name, up in names.items())
    members = tuple(BondMember(name, up, failures) for name, up in names.items())
    return NetReading(ports_there, (Bond("bond0", members),))


def test_a_member_that_is_lost_is_one_finding() -> None:
    notes = ports.noted(bonded(True, True), {}, 0.0)
    (seen,) = ports.judge(bonded(True, False), notes, ("eth1",), 60.0).sightings
    assert (seen.part, seen.code, seen.related_parts) == ("bond:bond0", "nic.bond-degraded", ("nic:eth1",))


def test_losses_of_link_are_told_by_the_port_or_else_by_the_bond() -> None:
    by_port = ports.judge(bonded(True, True, failures=40, downs=40), {}).sightings
    assert [seen.part for seen in by_port] == ["nic:eth0", "nic:eth1"]
    (by_bond,) = ports.judge(bonded(True, True, failures=40), {}).sightings
    assert (by_bond.part, by_bond.code) == ("bond:bond0", "nic.link-flapping")
