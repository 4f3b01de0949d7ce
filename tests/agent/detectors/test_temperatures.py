"""Temperatures against the chip's own limits."""

from __future__ import annotations

import pytest
from logix_agent.detectors import temperatures
from logix_agent.probes.readings import CannotTell, TemperatureReading, TemperatureSensor


def judge(*sensors: TemperatureSensor) -> tuple[list[int], bool, int]:
    """(severities, whether a chip was told sound, number of doubts)."""
    judgement = temperatures.judge(TemperatureReading(sensors))
    return (
        [int(seen.severity) for seen in judgement.sightings],
        bool(judgement.healthy),
        len(judgement.doubts),
    )


def sensor(
    celsius: float | None, maximum: float | None = 84.0, critical: float | None = 100.0
) -> TemperatureSensor:
    return TemperatureSensor("coretemp", "Core 0", celsius, maximum, critical)


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
    assert judge(sensor(celsius)) == (severities, sound, 0)


@pytest.mark.parametrize("limit", [None, 0.0, -1.0, 65261.85, 12.0])
def test_a_limit_that_nobody_set_is_none(limit: float | None) -> None:
    assert judge(sensor(90.0, maximum=limit, critical=limit)) == ([], False, 0)


@pytest.mark.parametrize("celsius", [None, 65261.85, -127.0])
def test_an_alarm_without_a_plausible_value_is_a_doubt(celsius: float | None) -> None:
    assert judge(TemperatureSensor("nct", "temp1", celsius, 80.0, 90.0, alarm=True)) == ([], False, 1)


def test_one_finding_a_chip_with_every_hot_core_in_it() -> None:
    hot = [TemperatureSensor("coretemp", f"Core {core}", 90.0 + core, 84.0, 100.0) for core in range(11)]
    judgement = temperatures.judge(TemperatureReading((*hot, sensor(40.0))))
    (seen,) = judgement.sightings
    assert (seen.part, int(seen.severity), len(seen.evidence)) == ("temperature:coretemp", 1, 11)


def test_no_sensors_is_no_doubt() -> None:
    judgement = temperatures.judge(CannotTell("absent", absent=True))
    assert [doubt.absent for doubt in judgement.doubts] == [True]
