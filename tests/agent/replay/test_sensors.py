"""Sensors in every form in which machines and people tell them: our own captures of each fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from logix_agent.replay import command

from tests.agent.machine_facts import FIXTURES, laid_out

HEALTHY: list[str] = []
#: (component, level, code) of every finding
FAULTS = {
    "hwmon/healthy-server.tree": HEALTHY,
    "hwmon/fan-header-empty.tree": HEALTHY,
    "hwmon/fan-alarm-over.tree": HEALTHY,
    "hwmon/voltage-raw-registers.tree": HEALTHY,
    "hwmon/clock-battery-good.tree": HEALTHY,
    "hwmon/sensor-broken.tree": HEALTHY,
    "hwmon/port-empty.tree": HEALTHY,
    "hwmon/sensors-healthy.txt": HEALTHY,
    "hwmon/fan-stopped.tree": ["fan 2 fan.stopped"],
    "hwmon/all-fans-stopped.tree": ["fan 1 fan.stopped", "fan 1 fan.stopped"],
    "hwmon/only-fan-stopped.tree": ["fan 1 fan.stopped"],
    "hwmon/fan-slow.tree": ["fan 2 fan.slow"],
    "hwmon/fan-fault-flag.tree": ["fan 2 fan.stopped"],
    "hwmon/supply-fan-failed.tree": ["fan 2 fan.stopped"],
    "hwmon/supply-input-lost.tree": ["psu 2 psu.input-lost"],
    "hwmon/supplies-both-dead.tree": ["psu 1 psu.input-lost", "psu 1 psu.output-out-of-limits"],
    "hwmon/supply-output-high.tree": ["psu 2 psu.output-out-of-limits"],
    "hwmon/supply-output-warning.tree": ["psu 3 psu.output-out-of-limits"],
    "hwmon/supply-overloaded.tree": ["psu 3 psu.overloaded"],
    "hwmon/supply-input-high.tree": ["psu 3 psu.input-out-of-range"],
    "hwmon/supply-input-came-back.tree": ["psu 3 psu.input-out-of-range"],
    "hwmon/over-critical.tree": ["temperature 1 temperature.high"],
    "hwmon/over-maximum.tree": ["temperature 3 temperature.high"],
    "hwmon/was-critical.tree": ["temperature 3 temperature.high"],
    "hwmon/drives-warm.tree": ["temperature 1 temperature.high"],
    "hwmon/devices-only.tree": ["temperature 1 temperature.high"],
    "hwmon/throttled.tree": ["temperature 3 temperature.throttled"],
    "hwmon/voltage-below-critical.tree": ["voltage 2 voltage.out-of-limits"],
    "hwmon/voltage-above-maximum.tree": ["voltage 3 voltage.out-of-limits"],
    "hwmon/overcurrent.tree": ["voltage 2 voltage.overcurrent"],
    "hwmon/clock-battery-low.tree": ["voltage 3 voltage.clock-battery-low"],
    "hwmon/undervoltage-flag.tree": ["voltage 2 voltage.out-of-limits"],
    "hwmon/sensors-alarm.txt": [
        "fan 2 fan.stopped",
        "temperature 3 temperature.high",
        "voltage 3 voltage.out-of-limits",
    ],
    "hwmon/sensors-u.txt": ["temperature 1 temperature.high"],
    "hwmon/sensors.json": ["temperature 3 temperature.high"],
    "ipmi-sensors/sensor-healthy.txt": HEALTHY,
    "ipmi-sensors/elist-healthy.txt": HEALTHY,
    "ipmi-sensors/sensor-failing.txt": [
        "fan 2 fan.stopped",
        "psu 2 psu.failed",
        "psu 2 psu.input-lost",
        "temperature 1 temperature.high",
        "temperature 3 temperature.high",
        "voltage 2 voltage.clock-battery-low",
        "voltage 2 voltage.out-of-limits",
        "voltage 3 voltage.out-of-limits",
    ],
    "ipmi-sensors/sensor-all-fans-stopped.txt": ["fan 1 fan.stopped", "fan 1 fan.stopped"],
    "ipmi-sensors/elist-supply-failed.txt": [
        "disk 2 disk.bay-fault",
        "psu 2 psu.failed",
        "psu 2 psu.input-lost",
        "psu 2 psu.redundancy-lost",
        "raid 3 raid.cache-battery",
    ],
    "ipmi-sensors/elist-nothing-left.txt": [
        "psu 1 psu.failed",
        "psu 1 psu.input-lost",
        "psu 1 psu.redundancy-lost",
    ],
    "ipmi-sensors/processor.txt": [
        "cpu 1 cpu.internal-error",
        "cpu 1 cpu.internal-error",
        "memory 1 memory.uncorrected",
        "temperature 3 temperature.throttled",
    ],
    "ipmi-sensors/sdr.csv": ["fan 2 fan.stopped"],
    "ipmi-sensors/freeipmi.csv": [
        "memory 2 memory.logging-limit",
        "psu 2 psu.failed",
        "temperature 1 temperature.high",
    ],
    "ipmi-sensors/freeipmi-bitmask.csv": ["fan 2 fan.stopped", "psu 2 psu.input-lost"],
    "ipmi-sensors/freeipmi-thresholds.txt": ["temperature 3 temperature.high"],
    "ipmi-sensors/freeipmi-legacy.txt": ["fan 1 fan.slow", "psu 2 psu.input-lost"],
    "ipmi-sensors/sensor-get.txt": ["fan 2 fan.stopped", "psu 2 psu.input-lost"],
    "ipmi-sel/empty.txt": HEALTHY,
    "ipmi-sel/harmless.txt": HEALTHY,
    "ipmi-sel/supply-changed.txt": HEALTHY,
    "ipmi-sel/failures.txt": [
        "cpu 1 cpu.internal-error",
        "disk 2 disk.bay-fault",
        "disk 2 disk.bay-predicted-failure",
        "fan 2 fan.stopped",
        "memory 2 memory.logging-limit",
        "memory 3 memory.corrected",
        "psu 2 psu.failed",
        "psu 2 psu.redundancy-lost",
        "system 1 system.bus-error",
        "system 3 system.watchdog-reset",
        "temperature 1 temperature.high",
        "voltage 2 voltage.out-of-limits",
    ],
    "ipmi-sel/over-again.txt": ["fan 3 fan.redundancy-lost", "psu 3 psu.input-lost"],
    "ipmi-sel/supply-pulled.txt": ["psu 2 psu.missing"],
    "ipmi-sel/uncorrectable.csv": ["memory 1 memory.uncorrected"],
    "ipmi-sel/no-direction.txt": ["fan 2 fan.stopped"],
    "ipmi-sel/freeipmi.csv": ["fan 2 fan.slow", "memory 1 memory.uncorrected"],
    "ipmi-sel/freeipmi-legacy.txt": ["psu 2 psu.failed"],
    "ipmi-sel/verbose.txt": ["memory 1 memory.uncorrected"],
    "dmidecode/supplies-ok.txt": HEALTHY,
    "dmidecode/bay-empty.txt": HEALTHY,
    "dmidecode/supply-critical.txt": ["psu 2 psu.failed"],
    "dmidecode/supply-warning.txt": ["psu 3 psu.failed"],
    "dmidecode/supply-unplugged.txt": ["psu 2 psu.input-lost"],
    "dmidecode/probes.txt": ["fan 2 fan.stopped"],
    "upsc/online.txt": HEALTHY,
    "upsc/test-passed.txt": HEALTHY,
    "upsc/calibrating.txt": HEALTHY,
    "upsc/on-battery.txt": ["psu 3 psu.on-battery"],
    "upsc/replace-battery.txt": ["psu 2 psu.battery-failed"],
    "upsc/test-failed.txt": ["psu 2 psu.battery-failed"],
    "upsc/overloaded.txt": ["psu 3 psu.overloaded"],
    "upsc/bypass.txt": ["psu 3 psu.ups-fault"],
    "upsc/alarm.txt": ["psu 3 psu.ups-fault"],
    "power-supply/two-inputs.tree": HEALTHY,
    "power-supply/laptop-unplugged.tree": HEALTHY,
    "power-supply/two-inputs-one-dead.tree": ["psu 2 psu.input-lost"],
    "power-supply/battery-dead.tree": ["psu 2 psu.battery-failed"],
    "watchdog/clean.tree": HEALTHY,
    "watchdog/capabilities.tree": HEALTHY,
    "watchdog/all-bits.tree": HEALTHY,
    "watchdog/overheated.tree": ["temperature 3 temperature.reset"],
    "watchdog/fan-fault.tree": ["fan 3 fan.reset"],
    "watchdog/external.tree": ["system 3 system.external-reset"],
    "watchdog/undervoltage.tree": ["psu 3 psu.reset"],
    "watchdog/overvoltage.tree": ["psu 3 psu.reset"],
    "watchdog/card-reset.tree": ["system 3 system.watchdog-reset"],
    "rtc/battery-okay.txt": HEALTHY,
    "rtc/battery-dead.txt": ["system 2 system.clock-battery"],
}
UNKNOWN = [
    "hwmon/unset-limits.tree",
    "ipmi-sensors/unreadable.txt",
    "ipmi-sel/full.txt",
    "ipmi-sel/no-device.txt",
    "dmidecode/memory-only.txt",
    "dmidecode/modules.txt",
    "dmidecode/only-supply-unplugged.txt",
    "dmidecode/no-access.txt",
    "upsc/stale.txt",
    "power-supply/mouse.tree",
    "rtc/tells-none.txt",
]


def answered(case: str, tmp_path: Path) -> dict[str, object]:
    path = FIXTURES / case
    place = laid_out(path, tmp_path) if path.suffix == ".tree" else path
    judgement, problem = command.judged(command.kinds()[case.partition("/")[0]], str(place))
    assert problem == ""
    return command.answer(str(place), judgement)


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_found(case: str, tmp_path: Path) -> None:
    answer = answered(case, tmp_path)
    findings = answer["findings"]
    found = sorted(f"{one['component']} {one['level']} {one['code']}" for one in findings)
    assert found == FAULTS[case]
    assert answer["verdict"] == ("faulty" if FAULTS[case] else "healthy")
    assert all(one["evidence"] and one["part"] for one in findings)


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_cannot_be_told(case: str, tmp_path: Path) -> None:
    answer = answered(case, tmp_path)
    assert (answer["verdict"], answer["findings"]) == ("unknown", [])


def test_every_fixture_is_judged() -> None:
    folders = {case.partition("/")[0] for case in FAULTS}
    there = {f"{folder}/{path.name}" for folder in folders for path in (FIXTURES / folder).iterdir()}
    assert there == {*FAULTS, *UNKNOWN}


@pytest.mark.parametrize("case", ["hwmon/fan-stopped.tree", "hwmon/devices-only.tree"])
def test_a_tree_may_be_named_by_its_sys_folder(case: str, tmp_path: Path) -> None:
    place = laid_out(FIXTURES / case, tmp_path)
    judgement, _ = command.judged(command.kinds()["hwmon"], f"{place}/sys/")
    assert len(judgement.sightings) == 1


@pytest.mark.parametrize("below", ["sys/class/hwmon/hwmon0", "sys/class/hwmon", "sys/class"])
def test_the_folder_of_a_chip_or_of_chips(below: str, tmp_path: Path) -> None:
    place = laid_out(FIXTURES / "hwmon/over-critical.tree", tmp_path) / below
    judgement, _ = command.judged(command.kinds()["hwmon"], str(place))
    assert [int(seen.severity) for seen in judgement.sightings] == [1]


def test_devices_beside_processors_that_count(tmp_path: Path) -> None:
    laid_out(FIXTURES / "hwmon/devices-only.tree", tmp_path)
    count = tmp_path / "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"
    count.parent.mkdir(parents=True)
    count.write_text("3\n")
    judgement, _ = command.judged(command.kinds()["hwmon"], str(tmp_path))
    assert {seen.code for seen in judgement.sightings} == {"temperature.high", "temperature.throttled"}


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("Core 0:  +97.0Â°C  (high = +84.0Â°C, crit = +95.0Â°C)", 1),
        ("Core 0:  +97.0?C  (high = +84.0?C, crit = +100.0?C)", 3),
        ("temp1:   +203.0°F  (high = +185.0°F, crit = +200.0°F)", 1),
        ("CPU Temp:  +71 C  (high =  +60 C, hyst =  +55 C)   ALARM", 3),
        ("A label longer than the column:\n              +99.0°C  (high = +80.0°C)", 3),
        ("+12V:      +10.10 V  (min = +10.80 V, max = +13.20 V)", 3),
        ("in7:     11100.00 mV (min = 11.40 V, max = 12.60 V)", 3),
        ("iout1:     70.00 A  (crit max = +80.00 A, max = +60.00 A)", 3),
    ],
)
def test_what_sensors_prints_survives_the_mail(line: str, level: int, tmp_path: Path) -> None:
    capture = tmp_path / "sensors.txt"
    capture.write_text(f"coretemp-isa-0000\nAdapter: ISA adapter\n{line}\n")
    judgement, _ = command.judged(command.kinds()["hwmon"], str(capture))
    assert [int(seen.severity) for seen in judgement.sightings] == [level]


@pytest.mark.parametrize(
    ("kind", "line", "level"),
    [
        # Dell puts the module into the event, with a bar in it
        (
            "ipmi-sel",
            "1 | 05/11/2024 | 01:00:00 | Memory #0x02 | Uncorrectable ECC (UE | DIMMA3) | Asserted",
            1,
        ),
        ("ipmi-sel", "1 | 2024-05-11 | 01:00:00 AM | Memory | Correctable ECC @ DIMMA1(CPU1) | Asserted", 3),
        ("ipmi-sel", "1 | 05/11/2024 | 01:00:00 | Processor CATERR | State Asserted | Asserted", 1),
        ("ipmi-sel", "1 | 05/11/2024 | 01:00:00 | Critical Interrupt #0x05 | PCI PERR () | Asserted", 2),
        ("ipmi-sel", "1 | 05/11/2024 | 01:00:00 | Power Supply PS1 | Predictive failure | Asserted", 2),
        ("ipmi-sel", "1 | 05/11/2024 | 01:00:00 | Battery ROMB Battery | Failed | Asserted", 2),
        ("ipmi-sel", "1 | 05/11/2024 | 01:00:00 | Cable / Interconnect A | Config Error | Asserted", 0),
        ("ipmi-sel", "1 | 05/11/2024 | 01:00:00 | Temperature X | Upper Critical going high | Asserted", 1),
        ("ipmi-sensors", "Fan Redundancy | 75h | ok | 7.1 | Redundancy Degraded from Fully Redundant", 2),
        ("ipmi-sensors", "PS Redundancy | 77h | ok | 7.1 | Non-Redundant: Sufficient from Insufficient", 2),
        ("ipmi-sensors", "1,PS Red,Power Unit,Critical,N/A,N/A,'Non-Redundant:Insufficient Resources'", 1),
        (
            "ipmi-sensors",
            "1,X,Power Unit,Critical,N/A,N/A,'Entered from Non-Redundant:Insufficient Resources'",
            2,
        ),
        ("ipmi-sensors", "Drive 3 | 0x0 | discrete | 0x0380| na | na | na | na | na | na", 2),
        ("ipmi-sensors", "P1 Status | 0x0 | discrete | 0x8180| na | na | na | na | na | na", 1),
        ("ipmi-sensors", "FAN2 | 1200.000 | RPM | nr | 300 | 400 | 500 | 1000 | 1100 | 1200", 0),
        ("ipmi-sensors", "Fan 1 | 12.544 | percent | cr | na | na | na | na | na | na", 1),
        ("ipmi-sensors", "P1 Therm Margin | -3.000 | degrees C | cr | na | na | na | na | -5.000 | na", 1),
        ("ipmi-sensors", "PS1 Input Voltage | 0.000 | Volts | cr | na | 170 | 180 | 250 | 264 | na", 2),
        ("ipmi-sensors", "PS1 Curr Out % | 96.000 | Amps | nc | na | na | na | 90 | 100 | na", 3),
        ("ipmi-sensors", "UID | 0x0 | discrete | 0x0100| na | na | na | na | na | na", 0),
    ],
)
def test_single_lines(kind: str, line: str, level: int, tmp_path: Path) -> None:
    capture = tmp_path / "capture.txt"
    capture.write_text(line + "\n")
    judgement, _ = command.judged(command.kinds()[kind], str(capture))
    assert min((int(seen.severity) for seen in judgement.sightings), default=0) == level


def test_a_nominal_state_says_that_a_fault_is_over(tmp_path: Path) -> None:
    capture = tmp_path / "sel.csv"
    rows = ("Critical,Lower Critical - going low", "Nominal,Lower Critical - going low")
    lines = [f"{n},May-11-2024,0{n}:00:00,Fan 2,Fan,{row}" for n, row in enumerate(rows, 1)]
    capture.write_text("ID,Date,Time,Name,Type,State,Event\n" + "\n".join(lines))
    judgement, _ = command.judged(command.kinds()["ipmi-sel"], str(capture))
    assert [int(seen.severity) for seen in judgement.sightings] == [3]
