"""Why the machine was last reset, as its watchdog remembers it until the next reset. Pure.

The machine runs again: from time to time. Reference: linux/watchdog.h, WDIOF_OVERHEAT to WDIOF_POWEROVER;
higher bits tell what the watchdog can do.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import WatchdogReading

_BITS: Final = (
    (0x0001, "WDIOF_OVERHEAT", Component.TEMPERATURE, "temperature.reset"),
    (0x0002, "WDIOF_FANFAULT", Component.FAN, "fan.reset"),
    (0x0004, "WDIOF_EXTERN1", Component.SYSTEM, "system.external-reset"),
    (0x0008, "WDIOF_EXTERN2", Component.SYSTEM, "system.external-reset"),
    (0x0010, "WDIOF_POWERUNDER", Component.PSU, "psu.reset"),
    (0x0020, "WDIOF_CARDRESET", Component.SYSTEM, "system.watchdog-reset"),
    (0x0040, "WDIOF_POWEROVER", Component.PSU, "psu.reset"),
)
_REASONS: Final = sum(bit for bit, *_ in _BITS)


def judge(reading: WatchdogReading | CannotTell) -> Judgement:
    """Verdicts on the last reset."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.SYSTEM, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for timer in reading.timers:
        # Drivers that cannot tell give all bits, or 0 whatever happened: the first is not believed.
        status = 0 if timer.boot_status & _REASONS == _REASONS else timer.boot_status
        verdicts = PartVerdicts(f"system:{timer.name}", slot=timer.name, model=timer.identity)
        told: dict[str, tuple[Component, list[str]]] = {}
        for bit, name, component, code in _BITS:
            if status & bit:
                told.setdefault(code, (component, []))[1].append(name)
        for code, (component, names) in told.items():
            proof = Evidence(
                timer.source, "bootstatus", f"{timer.boot_status:#x} ({', '.join(names)})", "0x0"
            )
            verdicts.fault(component, code, Severity.FROM_TIME_TO_TIME, [proof])
        for code in {code for *_, code in _BITS} - told.keys():
            verdicts.sound(code)
        judgement = judgement.joined(verdicts.judgement())
    return judgement
