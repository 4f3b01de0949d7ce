"""ATA disks by attributes that mean damage and by the makers' thresholds (ACS-4 9.19; smartctl(8)). Pure.

Vendors give numbers other meanings: a counter is judged only where its name says what the number means.
Counters that a host, a cable or old age may have caused are early signs; what the disk could not read is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.readings import AtaAttribute, SmartDisk

_PREFAIL_NOW: Final = 16  # bit 4 of smartctl's exit status
_EVER: Final = 1 << 130  # more than any count: never grave
#: More spin retries than a 16-bit counter holds are packed values.
_MAX_RETRIES: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class CounterRule:
    """A count above zero that is a fault. Up to `early_up_to` it is an early sign, above it grave."""

    code: str
    names: dict[int, re.Pattern[str]]
    early_up_to: int
    at_most: int = _EVER
    instead_of: int = 0  # judged only where the disk lacks this attribute


def _named(pattern: str) -> re.Pattern[str]:
    """By name, or where smartctl knows none: the numbers are then those of all makers."""
    return re.compile(rf"(?i){pattern}|^unknown_(hdd_)?attribute\Z")


#: Unknown names are taken only where the number has one meaning on disks of every maker.
COUNTERS: Final = (
    # Pending ECC counts of SSDs (197, "Current_Pending_ECC_Cnt") come and go by design: no sectors.
    CounterRule(
        "disk.pending-sectors",
        {197: _named("pending.*(sec|blk|block)|sec.*pending"), 198: _named("uncor|unc_sec|offl")},
        0,
    ),
    CounterRule("disk.reallocated-sectors", {5: _named("re-?alloc|retired|remap")}, 10),
    CounterRule(
        "disk.reallocated-sectors", {196: re.compile(r"(?i)re-?alloc.*(event|sect)")}, _EVER, instead_of=5
    ),
    CounterRule("disk.uncorrectable-errors", {187: _named("uncor|unc_|_ue_")}, 0),
    CounterRule("disk.command-timeouts", {188: _named("time_?out")}, _EVER),
    CounterRule("disk.interface-errors", {199: _named("crc")}, _EVER),
    CounterRule("disk.spin-retries", {10: re.compile(r"(?i)spin.*retr")}, _EVER, at_most=_MAX_RETRIES),
    CounterRule("disk.internal-errors", {184: re.compile(r"(?i)end.to.end")}, _EVER),
)


def judge(disk: SmartDisk, verdicts: PartVerdicts) -> None:
    """Add what the attributes of `disk` say."""
    source = f"smartctl {disk.device}"
    _thresholds(disk, verdicts, source)
    numbers = {attribute.number for attribute in disk.attributes}
    for rule in COUNTERS:
        if rule.instead_of not in numbers:
            _counter(rule, disk, verdicts, source)


def _thresholds(disk: SmartDisk, verdicts: PartVerdicts, source: str) -> None:
    """Values at or below the maker's threshold now; one that was so in the past has mended."""
    crossed = [attribute for attribute in disk.attributes if crossed_now(attribute)]
    groups = {
        "disk.attribute-threshold": [each for each in crossed if each.prefailure and not measures_heat(each)],
        "disk.old-age-threshold": [
            each for each in crossed if not each.prefailure and not measures_heat(each)
        ],
        "temperature.disk-high": [each for each in crossed if measures_heat(each)],
    }
    if not disk.attributes:
        if disk.exit_status & _PREFAIL_NOW:
            told = Evidence(source, "exit_status", str(disk.exit_status), "bit 4 clear")
            verdicts.fault(Component.DISK, "disk.attribute-threshold", Severity.NEEDS_REPLACEMENT, [told])
        return
    for code, attributes in groups.items():
        evidence = [_at_threshold(attribute, source) for attribute in attributes]
        if code.startswith("temperature"):
            if evidence:  # `disk_temperature` says when it is sound
                verdicts.fault(Component.TEMPERATURE, code, Severity.FROM_TIME_TO_TIME, evidence)
        elif evidence:
            verdicts.fault(Component.DISK, code, Severity.NEEDS_REPLACEMENT, evidence)
        else:
            verdicts.sound(code)


def measures_heat(attribute: AtaAttribute) -> bool:
    """Whether it is a temperature: its threshold is the maker's limit, not a sign of damage."""
    return attribute.number in (190, 194) and "temp" in attribute.name.lower()


def crossed_now(attribute: AtaAttribute) -> bool:
    """At or below its threshold, in smartctl's judgement, or by the numbers where it gives none."""
    if attribute.when_failed is not None:
        return attribute.when_failed == "now"
    if attribute.value is None or not attribute.threshold:  # a threshold of 0 can never be crossed
        return False
    return attribute.value <= attribute.threshold


def _at_threshold(attribute: AtaAttribute, source: str) -> Evidence:
    value, threshold = str(attribute.value), str(attribute.threshold)
    return Evidence(source, attribute.name, value, threshold, line_of(attribute))


def _counter(rule: CounterRule, disk: SmartDisk, verdicts: PartVerdicts, source: str) -> None:
    counted = [
        (attribute, attribute.raw)
        for attribute in disk.attributes
        if attribute.number in rule.names
        and rule.names[attribute.number].search(attribute.name)
        and attribute.raw is not None
        and attribute.raw <= rule.at_most
    ]
    if not counted:
        return
    worst = max(raw for _, raw in counted)
    if worst == 0:
        verdicts.sound(rule.code)
        return
    early = worst <= rule.early_up_to
    evidence = [
        Evidence(source, attribute.name, str(raw), "0", line_of(attribute))
        for attribute, raw in counted
        if raw
    ]
    severity = Severity.FROM_TIME_TO_TIME if early else Severity.NEEDS_REPLACEMENT
    verdicts.fault(Component.DISK, rule.code, severity, evidence, early=early, count=float(worst))


def line_of(attribute: AtaAttribute) -> str:
    """The attribute's row as smartctl's table shows it."""
    return (
        f"{attribute.number} {attribute.name} value {attribute.value} thresh {attribute.threshold} "
        f"when_failed {attribute.when_failed or '-'} raw {attribute.raw_text}"
    )
