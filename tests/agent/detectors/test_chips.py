"""Fans that were seen turning, supplies by their bus address, and what boards leave unset."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from logix_agent.detectors import chips, fans, voltages
from logix_agent.host.paths import HostPaths
from logix_agent.probes import hwmon
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import Channel, HwmonReading
from logix_common.findings import CODES

from tests.agent.machine_facts import FIXTURES, laid_out


def fan(value: float | None, label: str = "fan1", driven: int | None = None, chip: str = "it87") -> Channel:
    return Channel(chip, "fan", label, value, driven=driven)


def test_a_fan_without_a_limit_is_missed_only_where_it_turned_before() -> None:
    stopped = HwmonReading((fan(0.0), fan(900.0, "fan2")))
    assert fans.judge(stopped, {}).sightings == ()
    notes = fans.turning(HwmonReading((fan(1100.0), fan(900.0, "fan2"))), {})
    (seen,) = fans.judge(stopped, notes).sightings
    assert (seen.part, seen.code, int(seen.severity)) == ("fan:it87/fan1", "fan.stopped", 2)
    assert fans.turning(stopped, notes) == notes  # it stays known


@pytest.mark.parametrize(("driven", "chip"), [(0, "it87"), (None, "amdgpu"), (90, "amdgpu")])
def test_a_fan_that_may_stand_still_is_not_missed(driven: int | None, chip: str) -> None:
    known = {f"{chip}/fan1": "turned"}
    assert fans.judge(HwmonReading((fan(0.0, driven=driven, chip=chip),)), known).sightings == ()


def test_the_last_fan_is_more_than_one_of_several() -> None:
    known = {"it87/fan1": "turned"}
    (alone,) = fans.judge(HwmonReading((fan(0.0), fan(0.0, "fan2"))), known).sightings
    assert int(alone.severity) == 1


def test_a_value_that_no_fan_reaches_is_none() -> None:
    assert fans.judge(HwmonReading((fan(1_350_000.0),)), {}).judged_parts == frozenset()


@pytest.mark.parametrize(
    ("value", "limits", "level"),
    [
        (12.0, {"min": 11.2, "max": 12.8}, None),
        (11.0, {"min": 11.2, "max": 12.8}, 3),
        (10.0, {"min": 11.2, "max": 12.8, "lcrit": 10.5, "crit": 13.5}, 2),
        (1.8, {"min": 0.0, "max": 0.3}, None),
        (1.8, {"min": 1.55, "max": 0.5}, None),
        (0.0, {"min": 11.2, "max": 12.8}, None),
        (3.3, {"min": 11.2, "max": 12.8}, None),
    ],
)
def test_voltages(value: float, limits: dict[str, float], level: int | None) -> None:
    rail = Channel("nct", "in", "+12V", value, limits, frozenset({"alarm"}))
    found = voltages.judge([rail]).sightings
    assert [int(seen.severity) for seen in found] == ([level] if level else [])


def test_supplies_are_known_by_their_place_on_the_bus(tmp_path: Path) -> None:
    place = laid_out(FIXTURES / "hwmon/supply-input-lost.tree", tmp_path)
    for number, address in ((1, "7-0058"), (2, "7-0059")):
        (place / f"sys/class/hwmon/hwmon{number}/device").symlink_to(f"../../../devices/i2c-7/{address}")
    reading = hwmon.read(HostPaths(place))
    assert isinstance(reading, HwmonReading)
    (seen,) = chips.judge(reading, {}).sightings
    assert (seen.part, seen.slot) == ("psu:pmbus-7-0059", "7-0059")
    without = replace(reading, channels=tuple(one for one in reading.channels if one.slot != "7-0058"))
    assert "psu:pmbus-7-0059" in chips.judge(without, {}).judged_parts


def test_like_chips_are_told_apart(tmp_path: Path) -> None:
    reading = hwmon.read(HostPaths(laid_out(FIXTURES / "hwmon/healthy-server.tree", tmp_path)))
    assert isinstance(reading, HwmonReading)
    assert {channel.chip for channel in reading.channels} == {"coretemp", "nct6798", "pmbus", "pmbus#2"}


def test_no_chips_is_absent_and_not_in_doubt(tmp_path: Path) -> None:
    reading = hwmon.read(HostPaths(tmp_path))
    assert isinstance(reading, CannotTell)
    assert reading.absent


def test_every_code_that_sensors_name_is_described() -> None:
    root = Path(chips.__file__).parent
    names = ("bmc_meanings", "bmc_thresholds", "fans", "supplies", "voltages", "temperatures", "firmware")
    more = ("power_sources", "watchdogs", "clock_battery", "bmc_log")
    text = "".join((root / f"{name}.py").read_text() for name in (*names, *more))
    codes = set(re.findall(r'"((?:psu|fan|voltage|temperature|memory|cpu|system|raid|disk)\.[a-z-]+)"', text))
    assert len(codes) > 40
    assert codes <= CODES.keys()
