"""Parsers of what machines say: right on ordinary input, unmoved by any other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import disks, filesystems, raid
from logix_agent.detectors.memory import Memory, with_arrays, with_disks, with_mounts
from logix_agent.facts import ServiceFact, ServiceStatus
from logix_agent.probes import filesystems as mounts
from logix_agent.probes import inventory, mdstat, services, smart, system
from logix_agent.probes.readings import (
    CannotTell,
    FilesystemReading,
    MdArray,
    MdMember,
    MdReading,
    SmartReading,
    clean,
)
from logix_common.observations import Metric

from tests.agent.machine_facts import FIXTURES, arrays

GARBAGE = st.text(max_size=400) | st.text("md0123 :[](FS)ab_U/=\n\t", max_size=400)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def test_mdstat() -> None:
    (array,) = arrays("checking-with-spare").arrays
    assert array == MdArray(
        name="md0",
        active=True,
        level="raid5",
        members=(
            MdMember("sdd1", 3, frozenset("S")),
            MdMember("sdc1", 2),
            MdMember("sdb1", 1),
            MdMember("sda1", 0),
        ),
        metadata="1.2",
        slots=3,
        working=3,
        states="UUU",
        activity="check",
        line=array.line,
    )


def test_scan_keeps_sensible_devices_only() -> None:
    document = {
        "devices": [
            {"name": "/dev/sda", "type": "scsi"},
            {"name": "/dev/bus/0", "type": "megaraid,3"},
            {"name": "--badly", "type": "sat"},
            {"name": "/dev/x", "type": "-x"},
            {"name": 7},
            "text",
        ]
    }
    assert smart.parse_scan(json.dumps(document).encode()) == [
        ("/dev/sda", "scsi"),
        ("/dev/bus/0", "megaraid,3"),
        ("/dev/x", ""),
    ]
    assert isinstance(smart.parse_scan(b""), CannotTell)


def test_mount_tables_and_usage() -> None:
    table = mounts.parse_mounts("# comment\n/dev/sda1 /my\\040data ext4 rw,relatime 0 0\nbroken\n")
    assert [(mount.point, "rw" in mount.options) for mount in table] == [("/my data", True)]
    detailed = mounts.parse_mountinfo(
        "36 35 98:0 /mnt1 /mnt2 ro,noatime master:1 - ext4 /dev/root rw,errors=continue\n"
    )
    # a read-only bind mount of a writable file system is no read-only file system
    assert [(mount.point, "rw" in mount.options) for mount in detailed] == [("/mnt2", True)]
    (use,) = mounts.parse_df(
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
        "/dev/sda1 100 60 20 75% /my data\n/dev/sdb1 100 60 20 75% /other\n",
        frozenset({"/my data"}),
    )
    assert (use.total, use.percent) == (102_400, 75.0)


def test_one_place_for_each_device() -> None:
    table = mounts.parse_mounts(
        "/dev/sda1 /var/lib/x ext4 rw 0 0\n/dev/sda1 /var ext4 rw 0 0\nnfs:/x /nfs nfs rw 0 0\n"
    )
    assert mounts.storage_points(table) == ["/var"]


def test_services() -> None:
    states = {"a.service": "active", "b.service": "failed", "c.service": "odd"}
    text = "\n".join(f"Id={name}\nActiveState={state}\n" for name, state in states.items())
    assert services.parse(text, ["a", "b.service", "c.service", "d.service"]) == (
        ServiceFact("a", ServiceStatus.ACTIVE),
        ServiceFact("b.service", ServiceStatus.FAILED),
        ServiceFact("c.service", ServiceStatus.UNKNOWN),
        ServiceFact("d.service", ServiceStatus.UNKNOWN),
    )


def test_system_values() -> None:
    assert system.parse_loadavg("0.50 0.25 0.10 1/100 999\n") == {
        Metric.LOAD_1: 0.5,
        Metric.LOAD_5: 0.25,
        Metric.LOAD_15: 0.1,
    }
    before = system.parse_cpu_times("cpu  100 0 100 800 0 0 0 0 0 0\n")
    after = system.parse_cpu_times("cpu  150 0 150 900 0 0 0 0 0 0\n")
    assert before is not None
    assert after is not None
    assert system.cpu_percent(before, after) == pytest.approx(50.0)
    (port,) = system.parse_net_dev("  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")
    assert (port.received_bytes, port.sent_bytes, port.receive_errors, port.send_drops) == (1, 9, 3, 12)


def test_product_release_and_packages() -> None:
    assert inventory.parse_release("SERIAL=\"LGX-1\"\nMODEL='LX'\n# x\nlower=1\nVERSION=5.4\n") == {
        "SERIAL": "LGX-1",
        "MODEL": "LX",
        "VERSION": "5.4",
    }
    status = (
        "Package: zlib\nStatus: install ok installed\nVersion: 1.3\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
        "Package: apt\nStatus: install ok installed\nVersion: 2.6\nDescription: x\n Version: 9\n"
    )
    packages = inventory.parse_packages(status.splitlines())
    assert [(package.name, package.version) for package in packages] == [("apt", "2.6"), ("zlib", "1.3")]
    many = "".join(f"Package: p{n}\nStatus: install ok installed\nVersion: 1\n\n" for n in range(6_000))
    assert len(inventory.parse_packages(many.splitlines())) == inventory.MAX_PACKAGES


@given(GARBAGE)
def test_no_text_makes_a_parser_fail(text: str) -> None:
    reading = mdstat.parse(text)
    raid.judge(reading, {"sda": "A"}, {"md0": {"sda1": "A"}})
    with_arrays(Memory(), reading)
    table = mounts.parse_mounts(text) + mounts.parse_mountinfo(text)
    usage = mounts.parse_df(text, frozenset({"/"}))
    mounted = FilesystemReading(table, table, usage)
    filesystems.judge(mounted, Memory(), 95, 99)
    with_mounts(Memory(), mounted)
    services.parse(text, ["a"])
    inventory.parse_release(text)
    inventory.parse_packages(text.splitlines())
    inventory.parse_module("x", text)
    for parser in (system.parse_meminfo, system.parse_loadavg, system.parse_uptime, system.parse_cpu_times):
        parser(text)
    system.parse_net_dev(text)
    assert isinstance(reading, MdReading | CannotTell)


@given(JSON)
def test_no_json_makes_the_disk_probe_fail(document: object) -> None:
    data = json.dumps(document).encode()
    assert isinstance(smart.parse_scan(data), list | CannotTell)
    disk = smart.parse("/dev/sda", "sda", data)
    assert disks.judge(SmartReading((disk,)), {}).doubts


KEYS = [
    "smart_status",
    "ata_smart_attributes",
    "nvme_smart_health_information_log",
    "smartctl",
    "serial_number",
    "scsi_error_counter_log",
]


@given(st.sampled_from(["ata-failing", "nvme-read-only"]), st.sampled_from(KEYS), JSON)
def test_no_broken_field_makes_the_disk_detector_fail(name: str, key: str, value: object) -> None:
    document = json.loads((FIXTURES / "smartctl" / f"{name}.json").read_text())
    document[key] = value
    reading = SmartReading((smart.parse("/dev/sda", "sda", json.dumps(document).encode()),))
    judgement = disks.judge(reading, {})
    assert judgement.sightings or judgement.doubts or judgement.healthy
    with_disks(Memory(), reading)


@given(st.text() | st.integers() | st.none() | st.floats())
def test_clean_text_is_one_bounded_line(value: object) -> None:
    text = clean(value, 40)
    assert len(text) <= 40
    assert text.isprintable() or not any(ord(letter) < 32 for letter in text)
    assert text.encode("utf-8") is not None


def test_hostile_sizes_are_bounded() -> None:
    many = "Personalities : [raid1]\n" + "md0 : active raid1 " + "sda[0] " * 100_000 + "\n"
    reading = mdstat.parse(many)
    assert isinstance(reading, MdReading)
    assert len(reading.arrays[0].members) <= mdstat.MAX_MEMBERS + 4
    attributes = [{"id": 5, "name": "Reallocated", "raw": {"string": "1"}}] * 10_000
    disk = smart.parse(
        "/dev/sda", "sda", json.dumps({"ata_smart_attributes": {"table": attributes}}).encode()
    )
    assert len(disk.attributes) == smart.MAX_ATTRIBUTES
    assert smart.parse("/dev/sda", "sda", b"[" * 200_000).problem
    assert smart.parse("/dev/sda", "sda", b"9" * 200_000).problem
