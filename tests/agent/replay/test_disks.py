"""Disks in every kind of capture, by fixtures of our own: each fault, its sound neighbour, no answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from logix_agent.replay import command

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
DISK, WEAR, HEAT = "disk", "storage-wear", "temperature"
#: What is not listed bears its verdict in its name: healthy-…, unknown-….
FAULTS: dict[str, dict[str, dict[str, int]]] = {
    "smartctl-ata": {
        "failed": {"disk.smart-failed": 2},
        "failed-by-exit-status": {"disk.smart-failed": 2},
        "prefail-now": {"disk.attribute-threshold": 2},
        "prefail-by-exit-status": {"disk.attribute-threshold": 2},
        "prefail-by-numbers": {"disk.attribute-threshold": 2},
        "old-age-now": {"disk.old-age-threshold": 2},
        "hot-by-threshold": {"temperature.disk-high": 3},
        "pending": {"disk.pending-sectors": 2},
        "offline-uncorrectable": {"disk.pending-sectors": 2},
        "reallocated-ten": {"disk.reallocated-sectors": 3},
        "reallocated-eleven": {"disk.reallocated-sectors": 2},
        "reallocated-saturated": {"disk.reallocated-sectors": 2},
        "events-instead-of-sectors": {"disk.reallocated-sectors": 3},
        "reported-uncorrectable": {"disk.uncorrectable-errors": 2},
        "timeouts": {"disk.command-timeouts": 3},
        "crc": {"disk.interface-errors": 3},
        "spin-retries": {"disk.spin-retries": 3},
        "end-to-end": {"disk.internal-errors": 3},
        "end-to-end-now": {
            "disk.attribute-threshold": 2,
            "disk.smart-failed": 2,
            "disk.internal-errors": 3,
        },
        "self-test-failed": {"disk.self-test-failed": 2},
        "self-test-electrical": {"disk.self-test-failed": 2},
        "self-test-by-exit-status": {"disk.self-test-failed": 2},
        "worn-90-wear-leveling": {"storage-wear.life-used": 3},
        "worn-93-remaining-raw": {"storage-wear.life-used": 3},
        "worn-95-lifetime-used": {"storage-wear.life-used": 3},
        "worn-99-life-left": {"storage-wear.life-used": 3},
        "worn-out-media-wearout": {"storage-wear.life-used": 2},
        "worn-out-lifetime-remain": {"storage-wear.life-used": 2, "disk.old-age-threshold": 2},
        "worn-by-statistics": {"storage-wear.life-used": 2},
        "reserve-low": {"storage-wear.reserve-low": 3},
        "critically-hot": {"temperature.disk-critical": 1},
        "hot": {"temperature.disk-high": 3},
        "one-of-two": {"disk.pending-sectors": 2},
    },
    "smartctl-nvme": {
        "warning-spare": {"disk.nvme-spare-low": 2},
        "warning-temperature": {"disk.temperature-warning": 2},
        "warning-unreliable": {"disk.nvme-unreliable": 1},
        "warning-read-only": {"disk.nvme-read-only": 1},
        "warning-backup": {"disk.nvme-backup-failed": 2},
        "warning-persistent-memory": {"disk.nvme-persistent-memory": 2},
        "warning-unknown-bit": {"disk.nvme-critical-warning": 2},
        "warning-several": {"disk.nvme-unreliable": 1, "disk.nvme-spare-low": 2},
        "status-only-unreliable": {"disk.nvme-unreliable": 1},
        "failed-without-warning": {"disk.smart-failed": 2},
        "media-errors": {"disk.nvme-media-errors": 2},
        "spare-below-threshold": {"disk.nvme-spare-low": 2},
        "worn-90": {"storage-wear.life-used": 3},
        "worn-100": {"storage-wear.life-used": 2},
        "worn-255": {"storage-wear.life-used": 2},
        "self-test-failed": {"disk.self-test-failed": 2},
        "critically-hot": {"temperature.disk-critical": 1},
        "hot": {"temperature.disk-high": 3},
    },
    "smartctl-scsi": {
        "few-grown-defects": {"disk.reallocated-sectors": 3},
        "many-grown-defects": {"disk.reallocated-sectors": 2},
        "uncorrected-read": {"disk.uncorrectable-errors": 2},
        "uncorrected-verify": {"disk.uncorrectable-errors": 2},
        "impending-failure": {"disk.smart-failed": 2},
        "too-hot-by-its-own-word": {"disk.temperature-warning": 2},
        "pending-defects": {"disk.pending-sectors": 2},
        "worn-92": {"storage-wear.life-used": 3},
        "worn-100": {"storage-wear.life-used": 2},
        "self-test-failed": {"disk.self-test-failed": 2},
        "hot": {"temperature.disk-high": 3},
    },
    "nvme-smart-log": {
        "unreliable-taken-apart": {"disk.nvme-unreliable": 1},
        "read-only": {"disk.nvme-read-only": 1},
        "media-errors": {"disk.nvme-media-errors": 2},
        "media-errors-float": {"disk.nvme-media-errors": 2},
        "media-errors-text": {"disk.nvme-media-errors": 2},
        "worn-91": {"storage-wear.life-used": 3},
        "worn-100": {"storage-wear.life-used": 2},
        "spare-low": {"disk.nvme-spare-low": 2},
        "two-drives": {"disk.temperature-warning": 2},
        "group-read-only": {"disk.nvme-read-only": 1},
        "warning-object": {"disk.nvme-read-only": 1},
        "warning-bits-only": {"disk.nvme-unreliable": 1},
    },
    "emmc": {
        "worn-90": {"storage-wear.life-used": 3},
        "worn-out": {"storage-wear.life-used": 2},
        "reserve-warning": {"storage-wear.reserve-low": 3},
        "reserve-urgent": {"storage-wear.reserve-low": 2},
    },
}
CASES = [
    pytest.param(kind, path, id=f"{kind}/{path.name}")
    for kind in FAULTS
    for path in sorted((FIXTURES / kind).iterdir())
]


def answered(kind: str, path: Path) -> dict[str, Any]:
    judgement, problem = command.judged(command.kinds()[kind], str(path))
    assert problem == ""
    return command.answer(str(path), judgement)


@pytest.mark.parametrize(("kind", "path"), CASES)
def test_a_disk_is_judged_by_what_it_says(kind: str, path: Path) -> None:
    faults = FAULTS[kind].get(path.stem, {})
    answer = answered(kind, path)
    assert answer["verdict"] == ("faulty" if faults else path.name.partition("-")[0].partition(".")[0])
    assert {finding["code"]: finding["level"] for finding in answer["findings"]} == faults
    assert all(finding["evidence"] for finding in answer["findings"])
    assert {finding["component"] for finding in answer["findings"]} == {
        code.partition(".")[0] for code in faults
    }


def test_every_listed_fault_has_its_fixture() -> None:
    there = {(kind, path.stem) for kind in FAULTS for path in (FIXTURES / kind).iterdir()}
    assert {(kind, name) for kind, faults in FAULTS.items() for name in faults} <= there


def test_of_several_disks_the_faulty_one_is_named() -> None:
    (finding,) = answered("smartctl-ata", FIXTURES / "smartctl-ata" / "one-of-two.json")["findings"]
    assert finding["part"] == "disk:LXA-61 (slot sda)"
    (finding,) = answered("nvme-smart-log", FIXTURES / "nvme-smart-log" / "two-drives.txt")["findings"]
    assert finding["part"] == "disk:@nvme1n1"


def test_a_log_in_the_folder_of_another_tool_is_judged_all_the_same() -> None:
    smartctl = FIXTURES / "smartctl-nvme" / "media-errors.json"
    nvme_cli = FIXTURES / "nvme-smart-log" / "read-only.txt"
    assert answered("nvme-smart-log", smartctl)["verdict"] == "faulty"
    assert (
        answered("smartctl-nvme", FIXTURES / "nvme-smart-log" / "group-read-only.json")["verdict"] == "faulty"
    )
    assert answered("smartctl-nvme", nvme_cli)["verdict"] == "unknown"  # text is no JSON
