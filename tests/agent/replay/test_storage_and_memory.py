"""Captures of arrays, memory errors and mount tables, written for these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from logix_agent.replay import command

from tests.agent.machine_facts import FIXTURES

SOUND: dict[str, list[str]] = {
    "mdstat": ["absent-arrays", "checking-with-spare", "firmware-container", "healthy", "odd-but-sound"],
    "mdadm-detail": ["clean", "container-and-volume"],
    "dmsetup-status": ["in-sync", "initial-sync", "older-kernel"],
    "zpool-status": ["online", "upgradable-scrubbing"],
    "edac": ["util-clean", "util-quiet"],
    "proc-mounts": ["writable"],
}
UNKNOWN: dict[str, list[str]] = {
    "mdadm-detail": ["no-array"],
    "dmsetup-status": ["none"],
    "zpool-status": ["no-pools", "not-allowed"],
    "edac": ["util-no-driver", "util-status"],
    "proc-mounts": ["nothing"],
}
FAULTY = [
    ("mdstat", "raid0-broken", [("raid:md1", "raid.broken", 1)]),
    ("mdstat", "raid6-two-lost", [("raid:md5", "raid.degraded", 2)]),
    ("mdstat", "raid10-pair-lost", [("raid:md2 (slot sda1 sdb1)", "raid.broken", 1)]),
    ("mdstat", "raid10-one-of-each-pair", [("raid:md2 (slot sdb1 sdc1)", "raid.degraded", 2)]),
    ("mdstat", "spare-took-over", [("raid:md0 (slot sdc1)", "raid.member-failed", 2)]),
    ("mdadm-detail", "rebuilding", [("raid:md0", "raid.degraded", 2)]),
    ("mdadm-detail", "member-removed", [("raid:md/root (slot sdb1)", "raid.degraded", 2)]),
    ("mdadm-detail", "failed", [("raid:md3 (slot sda1 sdb1)", "raid.broken", 1)]),
    ("mdadm-detail", "not-started", [("raid:md4", "raid.inactive", 1)]),
    ("dmsetup-status", "mirror-dead", [("raid:vg0-data", "raid.degraded", 2)]),
    ("dmsetup-status", "recovering", [("raid:vg0-data", "raid.degraded", 2)]),
    ("dmsetup-status", "raid6-one-lost", [("raid:vg0-logs", "raid.degraded", 2)]),
    ("dmsetup-status", "raid5-two-lost", [("raid:vg0-logs", "raid.broken", 1)]),
    ("zpool-status", "degraded", [("raid:zfs/tank (slot sdb1)", "raid.degraded", 2)]),
    ("zpool-status", "resilvering", [("raid:zfs/tank (slot sdb1)", "raid.degraded", 2)]),
    ("zpool-status", "two-pools", [("raid:zfs/rpool (slot nvme1n1p3)", "raid.degraded", 2)]),
    ("zpool-status", "faulted", [("raid:zfs/tank (slot sda1)", "raid.broken", 1)]),
    ("zpool-status", "suspended", [("raid:zfs/tank", "raid.broken", 1)]),
    ("zpool-status", "checksums", [("filesystem:zfs/tank", "filesystem.errors", 3)]),
    ("zpool-status", "data-lost", [("filesystem:zfs/tank", "filesystem.errors", 2)]),
    ("edac", "util-few", [("dimm:mc1/csrow0/CPU_SrcID#1_Ha#0_Chan#2_DIMM#0", "memory.corrected", 3)]),
    ("edac", "util-full", [("dimm:mc0/csrow3/DIMM_A2", "memory.corrected", 2)]),
    ("edac", "util-uncorrected", [("memory:mc0", "memory.uncorrected", 1)]),
    ("edac", "grep", [("dimm:mc0/csrow0/ch1 (slot P1_DIMM2)", "memory.corrected", 2)]),
    ("edac", "rasdaemon-count", [("dimm:CPU_SrcID#0_MC#1_Chan#1_DIMM#0", "memory.corrected", 3)]),
    ("edac", "mcelog-client", [("dimm:socket0/channel1/dimm0", "memory.corrected", 3)]),
    (
        "edac",
        "rasdaemon-summary",
        [
            ("dimm:CPU_SrcID#0_Ha#0_Chan#1_DIMM#0", "memory.uncorrected", 1),
            ("dimm:CPU_SrcID#0_Ha#0_Chan#1_DIMM#0", "memory.corrected", 2),
        ],
    ),
    ("proc-mounts", "forced", [("filesystem:/ (slot /dev/mapper/vg-root)", "filesystem.read-only", 1)]),
    ("proc-mounts", "forced-mountinfo", [("filesystem:/ (slot /dev/sda2)", "filesystem.read-only", 1)]),
    ("proc-mounts", "forced-printed", [("filesystem:/ (slot /dev/sda2)", "filesystem.read-only", 1)]),
]


def answered(kind: str, path: Path) -> tuple[str, list[tuple[str, str, int]]]:
    judgement, problem = command.judged(command.kinds()[kind], str(path))
    assert problem == ""
    answer = command.answer(str(path), judgement)
    findings = [(found["part"], found["code"], found["level"]) for found in answer["findings"]]
    return answer["verdict"], findings


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(kind, name) for kind, names in table.items() for name in names]


@pytest.mark.parametrize(("kind", "name"), cases(SOUND))
def test_sound(kind: str, name: str) -> None:
    assert answered(kind, FIXTURES / kind / f"{name}.txt") == ("healthy", [])


@pytest.mark.parametrize(("kind", "name"), cases(UNKNOWN))
def test_cannot_tell(kind: str, name: str) -> None:
    assert answered(kind, FIXTURES / kind / f"{name}.txt") == ("unknown", [])


@pytest.mark.parametrize(("kind", "name", "expected"), FAULTY)
def test_faulty(kind: str, name: str, expected: list[tuple[str, str, int]]) -> None:
    assert answered(kind, FIXTURES / kind / f"{name}.txt") == ("faulty", expected)


def test_a_list_of_arrays_that_breaks_off_is_not_called_healthy(tmp_path: Path) -> None:
    cut = tmp_path / "mdstat"
    cut.write_text("Personalities : [raid1] [raid6]\n")
    assert answered("mdstat", cut) == ("unknown", [])


@pytest.mark.parametrize("kind", ["mdstat", "edac", "proc-mounts"])
def test_an_empty_tree_is_unknown(kind: str, tmp_path: Path) -> None:
    assert answered(kind, tmp_path) == ("unknown", [])


def laid_out(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return root


def test_a_sysroot_is_judged_with_its_fstab_and_its_counters(tmp_path: Path) -> None:
    files = {
        "proc/mounts": "/dev/sda1 /data xfs ro 0 0\n/dev/sda2 / ext4 rw 0 0",
        "etc/fstab": "UUID=1 /data xfs defaults 0 2",
        "sys/fs/ext4/sda2/errors_count": "4",
    }
    assert answered("proc-mounts", laid_out(tmp_path, files)) == (
        "faulty",
        [
            ("filesystem:/data (slot /dev/sda1)", "filesystem.read-only", 1),
            ("filesystem:/ (slot /dev/sda2)", "filesystem.errors", 3),
        ],
    )


def test_arrays_are_known_by_sysfs_alone(tmp_path: Path) -> None:
    md = "sys/devices/virtual/block/md0/md"
    files = {
        f"{md}/array_state": "clean",
        f"{md}/level": "raid1",
        f"{md}/raid_disks": "2",
        f"{md}/degraded": "1",
        f"{md}/sync_action": "recover",
    }
    assert answered("mdstat", laid_out(tmp_path, files)) == ("faulty", [("raid:md0", "raid.degraded", 2)])


@pytest.mark.parametrize("folder", ["sys/devices/system/edac/mc", "edac/mc", ""])
def test_memory_counters_of_a_tree_wherever_it_begins(folder: str, tmp_path: Path) -> None:
    files = {f"{folder}/mc0/dimm3/dimm_ue_count".lstrip("/"): "2"}
    assert answered("edac", laid_out(tmp_path, files)) == (
        "faulty",
        [("dimm:mc0/dimm3", "memory.uncorrected", 1)],
    )
