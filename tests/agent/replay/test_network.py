"""Network ports in every form that is read, of our own writing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import ports
from logix_agent.probes import port_texts
from logix_agent.probes.port_readings import NetReading, Port
from logix_agent.replay import command
from logix_agent.replay.network import judged

SETTINGS = """Settings for enp9s0:
\tSupported link modes:   10baseT/Half 10baseT/Full
\t                        100baseT/Half 100baseT/Full
\t                        1000baseT/Full
\tAdvertised link modes:  100baseT/Full
\t                        1000baseT/Full
\tLink partner advertised link modes:  {partner}
\tSpeed: {speed}
\tDuplex: {duplex}
\tAuto-negotiation: {auto}
\tLink detected: {link}
"""
HALF = ("nic.half-duplex", 3)
DAMAGED = ("nic.receive-errors", 3)
CRC = "# ethtool -S eth7\nNIC statistics:\n     rx_packets: 900\n     rx_crc_errors: 50\n"
DEV = """Inter-|   Receive                                                |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls
    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
enp9s0:1000000 100000 {errors} 0 0 {errors} 0 0 1000 1000 0 0 0 0 0 0
"""
MODULE = "\tVendor SN : X1\n\tLaser output power high alarm   : Off\n\tModule temperature high alarm : {}\n"
BOND = (
    "Ethernet Channel Bonding Driver: v5\nMII Status: up\n\n"
    "Slave Interface: a\nMII Status: {}\n\nSlave Interface: b\nMII Status: {}\n"
)


def settings(
    speed: str = "1000Mb/s",
    duplex: str = "Full",
    partner: str = "1000baseT/Full",
    auto: str = "on",
    link: str = "yes",
) -> str:
    return SETTINGS.format(speed=speed, duplex=duplex, partner=partner, auto=auto, link=link)


@pytest.mark.parametrize(
    ("text", "verdict", "found"),
    [
        (settings(), "healthy", []),
        (settings(speed="100Mb/s"), "faulty", [("nic.speed-low", 3)]),
        (settings(speed="100Mb/s", partner="Not reported"), "faulty", [("nic.speed-low", 3)]),
        (settings(speed="100Mb/s", partner="100baseT/Full"), "healthy", []),
        (settings(speed="100Mb/s", partner="Not reported", auto="off"), "healthy", []),
        (settings(speed="100Mb/s", duplex="Half", partner="100baseT/Full"), "faulty", [HALF]),
        (settings(speed="Unknown!", duplex="Unknown! (255)", link="no"), "unknown", []),
        (DEV.format(errors=0), "healthy", []),
        (DEV.format(errors=5), "healthy", []),
        (DEV.format(errors=5000), "faulty", [("nic.receive-errors", 3)]),
        (CRC, "faulty", [DAMAGED]),
        (MODULE.format("On"), "faulty", [("nic.optics", 2)]),
        (MODULE.format("Off"), "healthy", []),
        (BOND.format("up", "up"), "healthy", []),
        (BOND.format("up", "down"), "faulty", [("nic.bond-degraded", 2)]),
        (BOND.format("down", "down"), "faulty", [("nic.bond-down", 1)]),
        ("", "unknown", []),
        ("Cannot get device settings: No such device\n", "unknown", []),
    ],
)  # fmt: skip
def test_texts(tmp_path: Path, text: str, verdict: str, found: list[tuple[str, int]]) -> None:
    file = tmp_path / "x.txt"
    file.write_text(text)
    told = command.answer("x", judged(file))
    assert (told["verdict"], [(each["code"], each["level"]) for each in told["findings"]]) == (verdict, found)


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


TEXTS = [settings(), DEV.format(errors=3), MODULE.format("On"), BOND.format("up", "down")]


@given(st.text(max_size=500), st.sampled_from(TEXTS), st.integers(0, 400))
def test_any_text_is_answered(junk: str, text: str, place: int) -> None:
    for given_text in (junk, text[:place], text[:place] + junk + text[place:]):
        ports.judge(port_texts.parse(given_text), {"eth7": json.dumps(junk)})
