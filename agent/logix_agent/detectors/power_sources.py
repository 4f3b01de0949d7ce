"""UPSes, batteries and supplies that tell their own state. Pure.

A UPS on battery is one that works: mains that are out are no fault of the appliance (only a short outage
is waited for, by the debounce), but who looks after it must know before the battery is empty.
Reference: NUT developer guide, status words; kernel ABI sysfs-class-power (health).
"""

from __future__ import annotations

import re
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import PowerReading, PowerSource

ON_BATTERY: Final = "psu.on-battery"
BATTERY: Final = "psu.battery-failed"
UPS_FAULT: Final = "psu.ups-fault"
OVERLOADED: Final = "psu.overloaded"
INPUT_LOST: Final = "psu.input-lost"
_DEAD: Final = frozenset({"dead", "unspecified failure", "over voltage", "overheat", "over current"})
_GOOD: Final = frozenset({"good", "warm", "cool", "hot", "cold"})
#: The UPS is there but does not guard what hangs on it.
_UNGUARDED: Final = frozenset({"BYPASS", "OFF"})


def judge(reading: PowerReading | CannotTell) -> Judgement:
    """Verdicts on every source that tells something."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.PSU, "", reading.reason, reading.absent),))
    mains = [source for source in reading.sources if source.kind == "mains"]
    judgement = Judgement(
        doubts=tuple(Doubt(Component.PSU, f"psu:{name}", reason) for name, reason in reading.problems)
    )
    for source in reading.sources:
        verdicts = PartVerdicts(
            f"psu:{source.serial or source.name}", source.name, serial=source.serial, model=source.model
        )
        if source.kind == "ups":
            _judge_ups(source, verdicts)
        if source.kind == "mains":
            _judge_mains(source, mains, verdicts)
        _judge_battery(source, verdicts)
        judgement = judgement.joined(verdicts.judgement())
    return judgement


def _judge_ups(ups: PowerSource, verdicts: PartVerdicts) -> None:
    flags = " ".join(sorted(ups.flags))
    charge = "" if ups.charge is None else f", battery {ups.charge:g} %"
    status = Evidence(ups.source, "ups.status", f"{flags}{charge}", "OL")
    early = Severity.FROM_TIME_TO_TIME
    alarm = re.sub(r"(?i)no (?:active )?alarms?!?", "", ups.alarm).strip()
    for code, there, severity, proof in (
        (ON_BATTERY, bool(ups.flags & {"OB", "FSD"}), early, status),
        (OVERLOADED, "OVER" in ups.flags, early, status),
        (
            UPS_FAULT,
            bool(ups.flags & _UNGUARDED) or ("ALARM" in ups.flags and bool(alarm) and "OB" not in ups.flags),
            early,
            Evidence(ups.source, "ups.alarm", alarm, "none") if alarm else status,
        ),
    ):
        if there:
            verdicts.fault(Component.PSU, code, severity, [proof])
        elif ups.flags:
            verdicts.sound(code)


def _judge_battery(source: PowerSource, verdicts: PartVerdicts) -> None:
    test = source.tested.lower()
    failed = bool(re.search(r"fail|error|bad", test)) and not re.search(r"no (?:error|fail)", test)
    if "RB" in source.flags or failed:
        name = "ups.status" if "RB" in source.flags else "ups.test.result"
        value = " ".join(sorted(source.flags)) if "RB" in source.flags else source.tested
        proof = [Evidence(source.source, name, value)]
        verdicts.fault(Component.PSU, BATTERY, Severity.NEEDS_REPLACEMENT, proof)
    elif source.health in _DEAD:
        proof = [Evidence(f"{source.source}/health", "health", source.health, "good")]
        verdicts.fault(Component.PSU, BATTERY, Severity.NEEDS_REPLACEMENT, proof)
    elif source.flags or source.health in _GOOD:
        verdicts.sound(BATTERY)


def _judge_mains(supply: PowerSource, mains: list[PowerSource], verdicts: PartVerdicts) -> None:
    """One input of several that is dead while another feeds the machine; a single one may be a battery's."""
    if supply.online:
        verdicts.sound(INPUT_LOST)
    elif supply.online is False and any(other.online for other in mains) and not _is_a_port(supply):
        proof = [Evidence(f"{supply.source}/online", supply.name, "0", "1")]
        verdicts.fault(Component.PSU, INPUT_LOST, Severity.NEEDS_REPLACEMENT, proof, urgent=True)


def _is_a_port(supply: PowerSource) -> bool:
    """Charging ports (USB-C) are mains to the kernel, and mostly empty."""
    return bool(re.search(r"usb|ucsi|typec|cros", supply.name, re.IGNORECASE))
