"""ATA disks by SMART status and the counters that mean damage (ACS-4 clause 9.19; smartctl(8)). Pure.

Vendors give numbers other meanings: a counter is judged only where its name says what the number means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.readings import AtaAttribute, SmartDisk

_FAILING, _PREFAIL_NOW = 8, 16  # bits 3 and 4 of smartctl's exit status


@dataclass(frozen=True, slots=True)
class CounterRule:
    """A count above zero that is a fault; `grave_above` makes NEEDS_REPLACEMENT of an early sign."""

    code: str
    names: dict[int, re.Pattern[str]]
    grave_above: int


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?i){pattern}|^unknown_attribute\Z")


_EVER: Final = 1 << 64
COUNTERS: Final = (
    # Pending ECC counts of SSDs (197, "Current_Pending_ECC_Cnt") come and go by design: no sectors.
    CounterRule(
        "disk.pending-sectors",
        {197: _named("pending.*sect|sect.*pending"), 198: _named("uncorr|unc_sect|offl")},
        0,
    ),
    CounterRule("disk.reallocated-sectors", {5: _named("realloc|retired")}, 10),
    CounterRule("disk.uncorrectable-errors", {187: _named("uncorr|unc_err")}, 0),
    CounterRule("disk.command-timeouts", {188: _named("timeout")}, _EVER),
    CounterRule("disk.interface-errors", {199: _named("crc")}, _EVER),
)


def judge(disk: SmartDisk, verdicts: PartVerdicts) -> None:
    """Add what the SMART status and attributes of `disk` say."""
    source = f"smartctl {disk.device}"
    _status(disk, verdicts, source)
    _thresholds(disk, verdicts, source)
    for rule in COUNTERS:
        _counter(rule, disk, verdicts, source)


def _status(disk: SmartDisk, verdicts: PartVerdicts, source: str) -> None:
    if disk.passed is False or (disk.passed is None and disk.exit_status & _FAILING):
        evidence = Evidence(source, "smart_status", "failed", "passed", f"exit_status {disk.exit_status}")
        verdicts.fault(Component.DISK, "disk.smart-failed", Severity.NEEDS_REPLACEMENT, [evidence])
    elif disk.passed:
        verdicts.sound("disk.smart-failed")


def _thresholds(disk: SmartDisk, verdicts: PartVerdicts, source: str) -> None:
    """Pre-failure values at or below the maker's threshold now; one that was so in the past has mended."""
    crossed = [attribute for attribute in disk.attributes if attribute.prefailure and _crossed(attribute)]
    if crossed:
        evidence = [
            Evidence(source, attribute.name, str(attribute.value), str(attribute.threshold), _line(attribute))
            for attribute in crossed
        ]
    elif not disk.attributes and disk.exit_status & _PREFAIL_NOW:
        evidence = [Evidence(source, "exit_status", str(disk.exit_status), "bit 4 clear")]
    else:
        if disk.attributes:
            verdicts.sound("disk.attribute-threshold")
        return
    verdicts.fault(Component.DISK, "disk.attribute-threshold", Severity.NEEDS_REPLACEMENT, evidence)


def _crossed(attribute: AtaAttribute) -> bool:
    if attribute.when_failed == "now":
        return True
    if attribute.value is None or not attribute.threshold:  # a threshold of 0 can never be crossed
        return False
    return attribute.value <= attribute.threshold


def _counter(rule: CounterRule, disk: SmartDisk, verdicts: PartVerdicts, source: str) -> None:
    counted = [
        (attribute, attribute.raw)
        for attribute in disk.attributes
        if attribute.number in rule.names
        and rule.names[attribute.number].search(attribute.name)
        and attribute.raw is not None
    ]
    if not counted:
        return
    worst = max(raw for _, raw in counted)
    if worst == 0:
        verdicts.sound(rule.code)
        return
    severity = Severity.NEEDS_REPLACEMENT if worst > rule.grave_above else Severity.FROM_TIME_TO_TIME
    evidence = [
        Evidence(source, attribute.name, str(raw), "0", _line(attribute)) for attribute, raw in counted if raw
    ]
    verdicts.fault(Component.DISK, rule.code, severity, evidence)


def _line(attribute: AtaAttribute) -> str:
    return (
        f"{attribute.number} {attribute.name} value {attribute.value} thresh {attribute.threshold} "
        f"when_failed {attribute.when_failed or '-'} raw {attribute.raw_text}"
    )
