"""Temperatures against the chip's own limits; processors slowed down for heat."""

from __future__ import annotations

import pytest
from logix_agent.detectors import chips, temperatures
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import Channel, HwmonReading, Throttle


def channel(value: float | None, label: str = "Core 0", alarms: str = "", **limits: float) -> Channel:
    """A temperature of a processor that warns at 84 °C and is critical at 100, unless told otherwise."""
    told = limits or {"max": 84.0, "crit": 100.0}
    return Channel("coretemp", "temp", label, value, told, frozenset(alarms.split()))


def judge(*channels: Channel) -> tuple[list[int], bool, int]:
    """(severities, whether a chip was told sound, number of doubts)."""
    judgement = temperatures.judge(HwmonReading(channels))
    severities = [int(seen.severity) for seen in judgement.sightings]
    return severities, bool(judgement.healthy), len(judgement.doubts)


@pytest.mark.parametrize(
    ("celsius", "severities", "sound"),
    [
        (50.0, [], True),
        (82.0, [], False),
        (84.0, [], False),
        (84.5, [3], False),
        (100.0, [1], False),
        (104.0, [1], False),
    ],
)
def test_limits(celsius: float, severities: list[int], sound: bool) -> None:
    assert judge(channel(celsius)) == (severities, sound, 0)


@pytest.mark.parametrize("limit", [0.0, -1.0, 65261.85, 12.0, 127.0, 127.5, 255.0, -128.0])
def test_a_limit_that_nobody_set_is_none(limit: float) -> None:
    assert judge(channel(90.0, max=limit, crit=limit)) == ([], False, 0)
    assert judge(channel(90.0, max=limit, alarms="alarm max_alarm")) == ([], False, 0)


def test_a_warning_that_is_not_below_the_critical_limit_is_none() -> None:
    assert judge(channel(99.0, max=100.0, crit=100.0)) == ([], False, 0)
    assert judge(channel(95.0, max=120.0, crit=100.0)) == ([], True, 0)
    assert judge(channel(100.0, max=100.0, crit=100.0)) == ([1], False, 0)


@pytest.mark.parametrize("celsius", [None, 65261.85, -127.0, 127.5, 0.0, -20.0])
def test_an_alarm_without_a_plausible_value_is_no_fault(celsius: float | None) -> None:
    judgement = temperatures.judge(HwmonReading((channel(celsius, alarms="crit_alarm alarm"),)))
    assert (judgement.sightings, judgement.healthy) == ((), frozenset())
    assert [doubt.absent for doubt in judgement.doubts] == [True]


@pytest.mark.parametrize("label", ["AUXTIN0", "CPUTIN", "SYSTIN 2"])
def test_an_input_that_boards_leave_open_tells_nothing(label: str) -> None:
    assert judge(channel(115.0, label=label, max=80.0, crit=100.0)) == ([], False, 0)


@pytest.mark.parametrize(
    ("alarm", "celsius", "limits", "severities"),
    [
        ("crit_alarm", 97.0, {"crit": 100.0}, [1]),  # within the hysteresis
        ("crit_alarm", 97.0, {"max": 84.0}, [1]),  # the chip tells no critical limit, only that it is passed
        ("crit_alarm", 45.0, {"crit": 100.0}, [3]),  # a processor keeps the flag: it was that hot once
        ("emergency_alarm", 108.0, {"emergency": 110.0}, [1]),
        ("max_alarm", 80.0, {"max": 84.0}, [3]),
        ("max_alarm", 40.0, {"max": 84.0}, []),
        ("alarm", 70.0, {}, [3]),
    ],
)
def test_alarm_flags(alarm: str, celsius: float, limits: dict[str, float], severities: list[int]) -> None:
    seen = Channel("nvme", "temp", "Composite", celsius, limits, frozenset({alarm}))
    assert judge(seen)[0] == severities


def test_one_finding_a_chip_with_every_hot_core_in_it() -> None:
    hot = [channel(90.0 + core, label=f"Core {core}") for core in range(11)]
    judgement = temperatures.judge(HwmonReading((*hot, channel(40.0))))
    (seen,) = judgement.sightings
    assert (seen.part, int(seen.severity), len(seen.evidence)) == ("temperature:coretemp", 1, 11)
    assert seen.evidence[0].value == "100.0 °C"


def test_a_processor_that_was_slowed_down_is_an_early_sign() -> None:
    judgement = temperatures.judge(HwmonReading((), (Throttle("0", 7, "/a"), Throttle("1", 0, "/b"))))
    (seen,) = judgement.sightings
    assert (seen.part, seen.code, seen.early, seen.count) == (
        "temperature:cpu0",
        "temperature.throttled",
        True,
        7,
    )
    assert judgement.healthy == {("temperature:cpu1", "temperature.throttled")}


def test_no_sensors_is_no_doubt() -> None:
    judgement = chips.judge(CannotTell("absent", absent=True), {})
    assert [doubt.absent for doubt in judgement.doubts] == [True]
