"""Wear of flash: the used share of the rated endurance, 90 % and 100 %. Pure.

A field that a standard defines wins (NVMe Base Specification 2.0, figure 207, byte 5; ACS-4 9.5.9; SBC-4
6.4.9). Else the attributes of SATA drives, by what smartctl's drive database calls them: normalised values
count down from 100 there, and a few raw values are the percentage itself. Without the database the names
are guesses and wear cannot be told. Left out on purpose: 230 of SanDisk and Western Digital (counts up), 173
of Apple and Toshiba (begins at 200), and counts of erasures, which mean nothing without the rated number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.ata import line_of
from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.disk_readings import FlashCard, FlashReading
from logix_agent.probes.readings import AtaAttribute, SmartDisk

CODE: Final = "storage-wear.life-used"
RESERVE: Final = "storage-wear.reserve-low"
WORN_AT, WORN_OUT_AT = 90, 100  # percent
RESERVE_LEFT: Final = 10  # percent

_LEFT: Final = re.compile(
    r"(?i)(life|lifetime|endurance|wear).*(left|remain)|remain.*(life|endurance)"
    r"|^media_wear_?out_indicator\Z|^wear_leveling_count\Z"
)
_USED: Final = re.compile(r"(?i)(life|endurance|wear).*used|used.*(life|endurance)")
_RAW_IS_LEFT: Final = re.compile(r"(?i)remain\w*_life\w*_perc|perc\w*_remain\w*_life")
_RESERVE: Final = re.compile(
    r"(?i)avail\w*_res\w*_?space|perc_avail_resrvd|reserved_block_pct|spares?_remain\Z"
)
_COUNTS_UP: Final = frozenset({230})
#: eMMC (JESD84-B51 7.4.44): estimates in steps of ten percent; 0x0B is past the rated life.
_EMMC_WORN, _EMMC_WORN_OUT = 0x0A, 0x0B
_EMMC_WARNING, _EMMC_URGENT = 0x02, 0x03  # 7.4.43: 80 % and 90 % of the reserved blocks are used


@dataclass(frozen=True, slots=True)
class Wear:
    """How much of its life a drive has used, in percent, and what says so."""

    used: int
    evidence: Evidence


def judge(disk: SmartDisk, verdicts: PartVerdicts) -> None:
    """Add what the drive says of its wear."""
    source = f"smartctl {disk.device}"
    worn = _by_standard(disk, source) or (_by_attributes(disk, source) if disk.named else None)
    if worn is not None:
        _told(worn.used, [worn.evidence], verdicts)
    if disk.named:
        _reserve(disk, verdicts, source)


def judge_flash(reading: FlashReading) -> list[PartVerdicts]:
    """The verdicts on every eMMC that says anything."""
    return [_judge_card(card) for card in reading.cards]


def _by_standard(disk: SmartDisk, source: str) -> Wear | None:
    log = disk.nvme
    if log is not None and not log.filled_in:
        return None
    if log is not None and log.percentage_used is not None and log.percentage_used <= 255:
        used, name = log.percentage_used, "percentage_used"
    elif disk.endurance is not None:
        used, name = disk.endurance.used, disk.endurance.name
    else:
        return None
    return Wear(used, Evidence(source, name, f"{used} %", f"{WORN_AT} %"))


def _by_attributes(disk: SmartDisk, source: str) -> Wear | None:
    """The most worn of what the attributes say."""
    told = []
    for attribute in disk.attributes:
        used = _used(attribute)
        if used is not None:
            limit = f"{WORN_AT} %"
            told.append(Wear(used, Evidence(source, attribute.name, f"{used} %", limit, line_of(attribute))))
    return max(told, key=lambda wear: wear.used) if told else None


def _used(attribute: AtaAttribute) -> int | None:
    """The used percentage by one attribute, or None where it does not tell."""
    if attribute.number in _COUNTS_UP:
        return None
    raw, value = attribute.raw, attribute.value
    if _USED.search(attribute.name):
        return raw if raw is not None and raw <= 255 else None
    if not _LEFT.search(attribute.name):
        return None
    if _RAW_IS_LEFT.search(attribute.name) and raw is not None and 1 <= raw <= 100:
        return 100 - raw
    if value is None or value > 100 or (attribute.threshold or 0) >= 50:  # another scale
        return None
    if value == 0 and not raw and attribute.when_failed != "now":
        return None  # never filled in
    # ATA has no value below 1 (ACS-4, 9.19): 1 is the end of the scale.
    return 100 if value <= 1 else 100 - value


def _reserve(disk: SmartDisk, verdicts: PartVerdicts, source: str) -> None:
    """The reserve of spare blocks, in percent; below the maker's threshold it is a fault by `ata`, too."""
    told = [
        (attribute.value, attribute)
        for attribute in disk.attributes
        if _RESERVE.search(attribute.name) and attribute.value is not None and 1 <= attribute.value <= 100
    ]
    low = [(value, attribute) for value, attribute in told if value <= RESERVE_LEFT]
    if low:
        evidence = [
            Evidence(source, attribute.name, f"{value} %", f"{RESERVE_LEFT} %", line_of(attribute))
            for value, attribute in low
        ]
        verdicts.fault(Component.STORAGE_WEAR, RESERVE, Severity.FROM_TIME_TO_TIME, evidence)
    elif told:
        verdicts.sound(RESERVE)


def _judge_card(card: FlashCard) -> PartVerdicts:
    verdicts = PartVerdicts(card.part, card.name, card.serial, card.model)
    source = f"eMMC {card.name}"
    steps = [step for step in card.life_times if 1 <= step <= _EMMC_WORN_OUT]
    if steps:
        worst = max(steps)
        limit = f"0x{_EMMC_WORN:02x}"
        evidence = Evidence(source, "life_time", f"0x{worst:02x}", limit, card.line)
        _told(10 * (worst - 1), [evidence], verdicts)  # the step's lower end
    state = card.pre_end_of_life
    if state == 0x01:
        verdicts.sound(RESERVE)
    elif state in (_EMMC_WARNING, _EMMC_URGENT):
        urgent = state == _EMMC_URGENT
        severity = Severity.NEEDS_REPLACEMENT if urgent else Severity.FROM_TIME_TO_TIME
        evidence = Evidence(source, "pre_eol_info", f"0x{state:02x}", "0x01", card.line)
        verdicts.fault(Component.STORAGE_WEAR, RESERVE, severity, [evidence])
    return verdicts


def _told(used: int, evidence: list[Evidence], verdicts: PartVerdicts) -> None:
    if used < WORN_AT:
        verdicts.sound(CODE)
        return
    severity = Severity.NEEDS_REPLACEMENT if used >= WORN_OUT_AT else Severity.FROM_TIME_TO_TIME
    verdicts.fault(Component.STORAGE_WEAR, CODE, severity, evidence)
