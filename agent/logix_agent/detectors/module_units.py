"""Modules of the product whose units have failed. Pure.

A unit has failed where systemd gave it up ("failed", systemd.service(5)), or starts it again and again
("auto-restart" after a result that is no success). A unit that is not active is none: the customer may have
switched it off, a timer or a socket may wait. A module that the vendor's statement turned off is not judged.

PRI-3: a module that does not work is some features that do not (2); one whose unit is named in `services`,
the main ones of this appliance, has stopped it (1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.facts import FindingEvent
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.unit_readings import ModuleReading, ModuleUnits, UnitState

FAILED: Final = "system.module-failed"
KIND: Final = "module"


def judge(reading: ModuleReading | CannotTell, main: Collection[str] = ()) -> Judgement:
    """Verdicts on every module that is meant to run; `main`: the units that the appliance is there for."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.SYSTEM, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for module in reading.modules:
        if not module.stopped and module.units:
            judgement = judgement.joined(_judge(module, main))
    return judgement


def gone(standing: Iterable[FindingEvent], reading: ModuleReading) -> Judgement:
    """Sound verdicts on findings of modules that are not described any more, or that were turned off."""
    meant = {f"{KIND}:{module.name}" for module in reading.modules if not module.stopped}
    return Judgement(
        healthy=frozenset(
            (finding.part, finding.code)
            for finding in standing
            if finding.code == FAILED and finding.part not in meant
        )
    )


def _judge(module: ModuleUnits, main: Collection[str]) -> Judgement:
    verdicts = PartVerdicts(f"{KIND}:{module.name}", slot=module.name)
    failed = [unit for unit in module.units if _has_failed(unit)]
    if not failed:
        verdicts.sound(FAILED)
        return verdicts.judgement()
    stopped = any(unit.name in main or unit.name.removesuffix(".service") in main for unit in failed)
    severity = Severity.STOPPED if stopped else Severity.NEEDS_REPLACEMENT
    verdicts.fault(Component.SYSTEM, FAILED, severity, [_proof(unit) for unit in failed])
    return verdicts.judgement()


def _has_failed(unit: UnitState) -> bool:
    return unit.active == "failed" or (unit.sub == "auto-restart" and unit.result not in ("", "success"))


def _proof(unit: UnitState) -> Evidence:
    again = f", started again {unit.restarts} times" if unit.restarts.strip("0") else ""
    return Evidence("systemctl", unit.name, unit.active, "active", f"{unit.sub} ({unit.result}){again}")
