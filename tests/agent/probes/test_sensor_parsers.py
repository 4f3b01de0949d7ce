"""Parsers of sensors under any text and under changed captures; programs that are absent or hang."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import (
    bmc_log,
    bmc_sensors,
    chips,
    clock_battery,
    firmware,
    power_sources,
    watchdogs,
)
from logix_agent.detectors.judgement import Judgement
from logix_agent.host.commands import ReplayedCommands
from logix_agent.host.paths import HostPaths
from logix_agent.probes import bmc_log as event_log
from logix_agent.probes import bmc_sensors as controller
from logix_agent.probes import clock_battery as clock
from logix_agent.probes import hwmon, lm_sensors, smbios
from logix_agent.probes import power_sources as sources
from logix_agent.probes import watchdogs as timers
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import BmcLogReading, BmcReading, HwmonReading, PowerReading

from tests.agent.machine_facts import FIXTURES

JUDGES: dict[str, Callable[[str], Judgement]] = {
    "hwmon": lambda text: chips.judge(lm_sensors.parse(text), {}),
    "ipmi-sensors": lambda text: bmc_sensors.judge(controller.parse(text)),
    "ipmi-sel": lambda text: bmc_log.judge(event_log.parse(text), {}, 0.0),
    "dmidecode": lambda text: firmware.judge(smbios.parse(text)),
    "upsc": lambda text: power_sources.judge(sources.parse_upsc(text)),
    "rtc": lambda text: clock_battery.judge(clock.parse(text)),
}
CAPTURES = {
    kind: [path.read_text() for path in sorted((FIXTURES / kind).iterdir()) if path.suffix != ".tree"]
    for kind in JUDGES
}
WORDS = st.text("|,:'()[]= \t\n0123456789.-+%°CRPMVxhaoknrcdsASTUP\x00\x1b", max_size=300)


def bounded(judgement: Judgement) -> None:
    """Everything that is said is short, printable and about a component."""
    assert len(judgement.sightings) <= 2_000
    for seen in judgement.sightings:
        texts = [seen.part, seen.slot, *(text for proof in seen.evidence for text in vars_of(proof))]
        assert all(len(text) <= 512 and text.isprintable() for text in texts), texts


def vars_of(proof: object) -> list[str]:
    return [getattr(proof, name) for name in ("source", "name", "value", "limit", "line")]


@pytest.mark.parametrize("kind", JUDGES)
@given(data=st.data())
def test_no_text_makes_a_parser_or_its_detector_fail(kind: str, data: st.DataObject) -> None:
    bounded(JUDGES[kind](data.draw(st.text(max_size=300) | WORDS)))


@pytest.mark.parametrize("kind", JUDGES)
@given(data=st.data())
def test_no_changed_capture_makes_a_parser_or_its_detector_fail(kind: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(CAPTURES[kind]))
    cut = data.draw(st.integers(0, len(text)))
    piece = data.draw(WORDS)
    bounded(JUDGES[kind](text[:cut]))
    bounded(JUDGES[kind](text[:cut] + piece + text[cut + len(piece) :]))


@pytest.mark.parametrize("kind", JUDGES)
def test_hostile_sizes_are_bounded(kind: str) -> None:
    for text in ("|" * 500_000, "a | 1 | ok\n" * 50_000, "1:" * 200_000, "{" * 100_000, "x" * 900_000):
        bounded(JUDGES[kind](text))
    for text in CAPTURES[kind]:
        bounded(JUDGES[kind](text * 300))


@given(
    st.dictionaries(
        st.from_regex(r"(temp|fan|in|curr|power)[1-3]_(input|min|max|crit|lcrit|alarm|fault|label)\Z")
        | st.sampled_from(["name", "pwm1", "temp1_crit_alarm"]),
        st.text(max_size=12) | st.integers().map(str),
        max_size=12,
    )
)
def test_no_files_of_a_chip_make_the_detectors_fail(files: dict[str, str]) -> None:
    reading = HwmonReading(tuple(hwmon.parse_chip(files, "/sys/class/hwmon/hwmon0")))
    bounded(chips.judge(reading, {channel.name: "turned" for channel in reading.channels}))
    chips.remembered(reading, {})


@given(st.text(max_size=20))
def test_no_boot_status_makes_the_detector_fail(text: str) -> None:
    status = timers.parse_status(text)
    assert status is None or status >= 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["temp1_input", "temp1_crit", "label", "current", "high", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_makes_the_sensors_fail(document: object) -> None:
    bounded(chips.judge(lm_sensors.parse(json.dumps({"chip": document})), {}))


def commands(folder: Path, *answers: tuple[list[str], str | None]) -> ReplayedCommands:
    """Programs of a captured machine; an answer of None is a program that hangs."""
    place = folder / "captured-commands"
    place.mkdir()
    entries: list[dict[str, object]] = []
    for number, (argv, answer) in enumerate(answers):
        if answer is None:
            entries.append({"argv": argv, "timed_out": True})
            continue
        (place / f"{number}.txt").write_text(answer)
        entries.append({"argv": argv, "stdout": f"{number}.txt"})
    (place / "index.json").write_text(json.dumps({"commands": entries}))
    return ReplayedCommands(HostPaths(folder))


async def test_the_first_program_that_is_installed_is_asked(tmp_path: Path) -> None:
    csv = (FIXTURES / "ipmi-sensors/freeipmi.csv").read_text()
    log = (FIXTURES / "ipmi-sel/freeipmi.csv").read_text()
    asked = commands(tmp_path, (["ipmi-sensors"], csv), (["ipmi-sel"], log))
    sensors = await controller.read(HostPaths(tmp_path), asked, 1.0)
    events = await event_log.read(HostPaths(tmp_path), asked, 1.0)
    assert isinstance(sensors, BmcReading)
    assert isinstance(events, BmcLogReading)
    assert (len(sensors.sensors), len(events.events)) == (7, 3)


async def test_an_empty_log_is_told_on_standard_error(tmp_path: Path) -> None:
    asked = commands(tmp_path, (["ipmitool", "sel"], ""))
    assert await event_log.read(HostPaths(tmp_path), asked, 1.0) == BmcLogReading(())


async def test_a_controller_that_hangs_is_in_doubt_and_no_controller_is_absent(
    tmp_path: Path,
) -> None:
    asked = commands(tmp_path, (["ipmitool", "sdr"], None))
    paths = HostPaths(tmp_path)
    hangs = await controller.read(paths, asked, 1.0)
    absent = await event_log.read(paths, asked, 1.0)
    assert isinstance(hangs, CannotTell)
    assert isinstance(absent, CannotTell)
    assert (hangs.absent, absent.absent) == (False, True)


async def test_every_ups_is_asked_by_its_name(tmp_path: Path) -> None:
    asked = commands(
        tmp_path,
        (["upsc", "-l"], "rack\nwall\n--evil\n"),
        (["upsc", "rack"], (FIXTURES / "upsc/replace-battery.txt").read_text()),
        (["upsc", "wall"], "Error: Driver not connected\n"),
    )
    reading = await sources.read_ups(asked, 1.0)
    assert isinstance(reading, PowerReading)
    assert [source.name for source in reading.sources] == ["rack"]
    assert reading.problems == (("wall", "Error: Driver not connected"),)
    judgement = power_sources.judge(reading)
    assert [seen.code for seen in judgement.sightings] == ["psu.battery-failed"]
    assert [(doubt.part, doubt.absent) for doubt in judgement.doubts] == [("psu:wall", False)]


async def test_what_is_not_installed_is_absent(tmp_path: Path) -> None:
    none = commands(tmp_path)
    for reading in (
        await sources.read_ups(none, 1.0),
        await smbios.read(none, 1.0),
        sources.read(HostPaths(tmp_path)),
        timers.read(HostPaths(tmp_path)),
        clock.read(HostPaths(tmp_path)),
    ):
        assert isinstance(reading, CannotTell)
        assert reading.absent
    assert all(doubt.absent for doubt in watchdogs.judge(CannotTell("none", absent=True)).doubts)


def test_records_that_are_no_sensors_are_left_out() -> None:
    text = (
        "BMC              | 00h | ok  |  7.1 | Dynamic MC @ 20h\n"
        "PSU1 FRU         | 01h | ok  | 10.1 | Logical FRU @01h\n"
        "PS1 Status       | C8h | ok  | 10.1 | Presence detected\n"
    )
    reading = controller.parse(text)
    assert isinstance(reading, BmcReading)
    assert [sensor.name for sensor in reading.sensors] == ["PS1 Status"]


def test_a_place_without_a_part_is_neither_sound_nor_gone() -> None:
    judgement = bmc_sensors.judge(controller.parse("PS2 Status | C9h | ns | 10.2 | No Reading\n"))
    assert (judgement.sightings, judgement.healthy, judgement.parts) == ((), frozenset(), ())
    assert [doubt.absent for doubt in judgement.doubts] == [True]
    pulled = bmc_sensors.judge(controller.parse("PS2 Status | C9h | ok | 10.2 | \n"))
    assert (pulled.parts, pulled.doubts) == ((), ())
