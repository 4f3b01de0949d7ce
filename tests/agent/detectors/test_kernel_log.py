"""Events of a log over time: how long they stand, what ends them, that each is counted once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from logix_agent.detectors.kernel_log import Names, judge, noted
from logix_agent.probes.log_readings import KernelLog, LogRecord

DAY = 86_400.0
MEDIUM = "critical medium error, dev sda, sector 9"
NAMES = Names({"sda": "S1"}, {"/dev/sdb7": "/var"})


def logged(text: str, at: float, sequence: int, uptime: float = 0.0, boot: str = "b1") -> KernelLog:
    return KernelLog((LogRecord(text, at, sequence),), boot, uptime or at)


def quiet(uptime: float, boot: str = "b1") -> KernelLog:
    return KernelLog((), boot, uptime)


def codes(reading: KernelLog, notes: Mapping[str, str], names: Names = NAMES) -> dict[str, str]:
    return {seen.code: seen.part for seen in judge(reading, names, notes).sightings}


def test_a_fault_stands_for_its_time_and_is_then_sound() -> None:
    first = logged(MEDIUM, 100, 5)
    assert codes(first, {}) == {"disk.unreadable-sectors": "disk:S1"}
    notes = noted(first, {}, NAMES)
    assert codes(quiet(6 * DAY), notes) == {"disk.unreadable-sectors": "disk:S1"}
    later = judge(quiet(8 * DAY - 3600), NAMES, notes)
    assert later.sightings == ()
    assert ("disk:S1", "disk.unreadable-sectors") in later.healthy
    assert noted(quiet(9 * DAY), notes, NAMES).keys() <= {"position", "looked"}


def test_a_fault_grows_old_also_on_a_machine_that_is_restarted_every_night() -> None:
    notes = noted(logged(MEDIUM, 100, 5), {}, NAMES)
    stood = []
    for night in range(1, 12):
        for hour in range(24):
            reading = quiet(hour * 3600.0 + 60, f"b{night}")
            stood.append(bool(codes(reading, notes)))
            notes = noted(reading, notes, NAMES)
    days = stood.index(False) / 24
    assert 7 <= days < 7.6
    assert not any(stood[stood.index(False) :])


def test_what_was_read_in_the_journal_is_not_counted_again_in_the_buffer() -> None:
    journal = KernelLog((LogRecord(MEDIUM, 100.0, None),), "b1", 110.0)
    notes = noted(journal, {}, NAMES)
    again = noted(logged(MEDIUM, 100.0, 7, uptime=200.0), notes, NAMES)
    assert again == notes
    more = noted(logged(MEDIUM, 150.0, 8, uptime=200.0), notes, NAMES)
    assert judge(quiet(210), NAMES, more).sightings[0].evidence[0].value == "2 counted"


def test_a_record_read_again_after_a_restart_counts_once() -> None:
    text = "ata5: hard resetting link"
    notes = noted(logged(text, 100, 5), {})
    notes = noted(logged(text, 100, 5), notes)
    (seen,) = judge(quiet(200), NAMES, notes).sightings
    assert (seen.count, seen.early) == (1, True)
    notes = noted(logged(text, 300, 9), notes)
    (seen,) = judge(quiet(400), NAMES, notes).sightings
    assert seen.count == 2


def test_another_disk_of_that_name_is_not_blamed() -> None:
    notes = noted(logged("sd 0:0:0:0: [sda] rejecting I/O to offline device", 100, 5), {}, NAMES)
    assert codes(quiet(200), notes) == {"disk.dropped": "disk:S1"}
    changed = Names({"sda": "S2"})
    assert codes(quiet(300), notes, changed) == {}
    assert ("disk:S1", "disk.dropped") in judge(quiet(300), changed, notes).healthy


def test_a_restart_ends_what_a_restart_mends() -> None:
    notes = noted(logged("BUG: soft lockup - CPU#3 stuck for 23s!", 100, 5), {})
    assert codes(quiet(30 * DAY), notes) == {"system.lockup": "system:kernel"}
    assert codes(quiet(50, "b2"), notes) == {}


def test_a_file_system_bears_the_name_of_its_mount() -> None:
    seen = logged("EXT4-fs (sdb7): Remounting filesystem read-only", 100, 5)
    assert codes(seen, {}) == {"filesystem.read-only": "filesystem:/var"}


def test_a_mapped_device_bears_the_name_of_its_mount() -> None:
    names = Names({}, {"/dev/mapper/vg-data": "/srv", "/dev/sdb7": "/var"})
    seen = logged("EXT4-fs (dm-3): Remounting filesystem read-only", 100, 5)
    (found,) = judge(replace(seen, mapped={"dm-3": "vg-data"}), names).sightings
    assert found.part == "filesystem:/srv"
    assert codes(replace(seen, mapped={"dm-3": "vg-other"}), {}, names) == {
        "filesystem.read-only": "filesystem:@dm-3"
    }


def test_notes_that_are_none_are_passed_over() -> None:
    notes = {"position": "x", "[]": "[]", '["disk:sda","disk.dropped"]': '["b1",9]', "{": "}"}
    assert judge(quiet(5), NAMES, notes).sightings == ()
    assert noted(quiet(5), notes, NAMES) == {"looked": "yes"}


def test_many_small_faults_do_not_hide_a_great_one() -> None:
    small = [
        LogRecord(f"ata{number}: hard resetting link", float(number), number) for number in range(1, 400)
    ]
    great = LogRecord("EXT4-fs (sdb7): Remounting filesystem read-only", 400.0, 400)
    told = codes(KernelLog((*small, great), "b1", 500.0), {})
    assert told["filesystem.read-only"] == "filesystem:/var"
