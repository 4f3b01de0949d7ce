"""Memory modules by the errors that their controller counts. Pure.

An error that could not be corrected is damage at once, and stays (`debounce.LATCHED`). Corrected ones are
what the correction is for: a few since boot are an early sign, many say that the module is dying. Where a
snapshot tells no time, 100 or more since boot are many; a running agent sees the pace, and calls it many
from 10 within a day (mcelog.conf, [dimm] ce-error-threshold = 10 / 24h).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors import fitted_modules
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.memory_readings import MemoryCounters, MemoryReading
from logix_agent.probes.readings import CannotTell

UNCORRECTED: Final = "memory.uncorrected"
CORRECTED: Final = "memory.corrected"
#: Corrected errors since boot that are many, whenever they happened.
MANY: Final = 100
#: Corrected errors within `DAY` seconds that are many.
MANY_A_DAY: Final = 10
DAY: Final = 86_400.0
_MAX_NOTES: Final = 256
_FAST: Final = "fast"


def judge(
    reading: MemoryReading | CannotTell,
    notes: Mapping[str, str] | None = None,
    fitted: Mapping[str, str] | None = None,
) -> Judgement:
    """Verdicts on every place that counts. `notes`: see `paces`; `fitted`: see `fitted_modules`."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.MEMORY, "", reading.reason, reading.absent),))
    judgement = Judgement()
    modules = fitted_modules.by_place(reading.counters, fitted or {})
    for counters in reading.counters:
        serial, model = modules.get(counters.place, fitted_modules.NOBODY)
        fast = (notes or {}).get(counters.place, "").startswith(_FAST)
        judgement = judgement.joined(_judge_place(counters, fast, serial, model))
    return judgement


def paces(reading: MemoryReading | CannotTell, notes: Mapping[str, str], now: float) -> Mapping[str, str]:
    """What to remember of places with errors: when their window of a day began, and what they counted then.

    A place that was once too fast stays so until its counter is set back: by a reboot, with which the
    module may have been exchanged.
    """
    if isinstance(reading, CannotTell):
        return notes
    counted = [
        each
        for each in reading.counters
        if each.corrected is not None and (each.corrected or each.place in notes)
    ]
    return {
        each.place: _pace(notes.get(each.place, ""), each.corrected or 0, now)
        for each in counted[:_MAX_NOTES]
    }


def _pace(note: str, count: int, now: float) -> str:
    word, began, first = (*note.split(), "", "", "")[:3]
    fresh = f"since {int(now)} {count}"
    try:
        then, before = int(began), int(first)
    except ValueError:
        return fresh
    if now < then or count < before:  # a boot, or a driver loaded anew: both begin at nothing
        return fresh
    if word == _FAST:
        return note
    if count - before >= MANY_A_DAY and now - then <= DAY:
        return f"{_FAST} {then} {before}"
    return fresh if now - then > DAY else note


def _judge_place(counters: MemoryCounters, fast: bool, serial: str, model: str) -> Judgement:
    kind = "dimm" if counters.module else "memory"
    part, kept = f"{kind}:{counters.place}", model or counters.model
    verdicts = PartVerdicts(part, slot=counters.label, serial=serial, model=kept)
    if counters.uncorrected:
        verdicts.fault(
            Component.MEMORY,
            UNCORRECTED,
            Severity.STOPPED,
            [_evidence(counters, "uncorrected errors", counters.uncorrected, "0")],
            count=float(counters.uncorrected),
        )
    elif counters.uncorrected == 0:
        verdicts.sound(UNCORRECTED)
    if counters.corrected:
        many = fast or counters.corrected >= MANY
        limit = f"{MANY_A_DAY} in 24 h" if fast else str(MANY)
        verdicts.fault(
            Component.MEMORY,
            CORRECTED,
            Severity.NEEDS_REPLACEMENT if many else Severity.FROM_TIME_TO_TIME,
            [_evidence(counters, "corrected errors", counters.corrected, limit)],
            early=not many,
            count=float(counters.corrected),
        )
    elif counters.corrected == 0:
        verdicts.sound(CORRECTED)
    return verdicts.judgement()


def _evidence(counters: MemoryCounters, name: str, count: int, limit: str) -> Evidence:
    return Evidence(counters.source, f"{counters.place} {name}", str(count), limit, counters.line)
