"""Errors that file systems count themselves."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import filesystem_errors
from logix_agent.host.paths import HostPaths
from logix_agent.probes import filesystem_errors as counted
from logix_agent.probes.filesystem_readings import FilesystemErrorReading
from logix_agent.probes.readings import CannotTell

UUID = "0f2c7c11-1111-4222-8333-444455556666"


def machine(root: Path, files: dict[str, str]) -> HostPaths:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return HostPaths(root)


def test_ext4_errors_are_an_early_sign_of_the_place_where_it_is_mounted(tmp_path: Path) -> None:
    files = {
        "proc/mounts": "/dev/mapper/vg-var /var ext4 rw 0 0\n/dev/sda1 / ext4 rw 0 0",
        "sys/block/dm-0/dm/name": "vg-var",
        "sys/fs/ext4/dm-0/errors_count": "3",
        "sys/fs/ext4/dm-0/last_error_func": "ext4_lookup",
        "sys/fs/ext4/sda1/errors_count": "0",
        "sys/fs/ext4/features/lazy_itable_init": "supported",
    }
    judgement = filesystem_errors.judge(counted.read(machine(tmp_path, files)))
    (seen,) = judgement.sightings
    assert (seen.part, seen.code, int(seen.severity), seen.early, seen.count) == (
        "filesystem:/var",
        "filesystem.errors",
        3,
        True,
        3.0,
    )
    assert "ext4_lookup" in seen.evidence[0].line
    assert judgement.healthy == {("filesystem:/", "filesystem.errors")}


def test_btrfs_counts_by_device_and_says_which_is_missing(tmp_path: Path) -> None:
    base = f"sys/fs/btrfs/{UUID}"
    files = {
        "proc/mounts": "/dev/sdb /data btrfs rw 0 0",
        f"{base}/devices/sdb/size": "1",
        f"{base}/devinfo/1/error_stats": "write_errs 0\nread_errs 2\nflush_errs 0\ncorruption_errs 1",
        f"{base}/devinfo/1/missing": "0",
        f"{base}/devinfo/2/missing": "1",
        "sys/fs/btrfs/features/raid1c34": "0",
    }
    seen = filesystem_errors.judge(counted.read(machine(tmp_path, files))).sightings
    assert {(each.part, each.component, each.code, int(each.severity), each.urgent) for each in seen} == {
        ("filesystem:/data", "filesystem", "filesystem.errors", 3, False),
        ("filesystem:/data", "raid", "raid.degraded", 2, True),
    }
    assert {each.count for each in seen} == {3.0, None}


def test_a_machine_whose_file_systems_count_nothing_lacks_nothing(tmp_path: Path) -> None:
    reading = counted.read(machine(tmp_path, {"proc/mounts": "/dev/sda1 / xfs rw 0 0"}))
    assert isinstance(reading, CannotTell)
    assert [doubt.absent for doubt in filesystem_errors.judge(reading).doubts] == [True]


def test_a_file_system_that_is_not_there_any_more_ends_its_finding(tmp_path: Path) -> None:
    files = {"proc/mounts": "/dev/sda1 / ext4 rw 0 0", "sys/fs/ext4/sda1/errors_count": "1"}
    reading = counted.read(machine(tmp_path, files))
    assert isinstance(reading, FilesystemErrorReading)
    standing = [("filesystem:/", "filesystem.errors"), ("filesystem:/stick", "filesystem.errors")]
    standing += [("filesystem:sdb1", "filesystem.errors"), ("filesystem:/stick", "filesystem.full")]
    ended = filesystem_errors.gone(standing, reading)
    assert ended.healthy == {("filesystem:/stick", "filesystem.errors")}


@given(st.text(max_size=300) | st.text("write_errs 0123\n", max_size=300))
def test_no_text_makes_the_parser_of_device_stats_fail(text: str) -> None:
    assert all(count >= 0 for count in counted.parse_stats(text).values())
