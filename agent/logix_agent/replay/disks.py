"""Captures of disks: smartctl's JSON, nvme-cli's health log, and the sysfs tree of an eMMC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from logix_common.findings import Component

from logix_agent.detectors import disks, flash_cards
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.host.paths import HostPaths
from logix_agent.probes import emmc, nvme_cli, smart_json
from logix_agent.probes.json_values import documents
from logix_agent.probes.readings import CannotTell, SmartDisk, SmartReading
from logix_agent.replay.capture import Replay, text_of

MAX_DISKS: Final = 256


def judge_smartctl(path: Path) -> Judgement:
    """Answers of smartctl: one, several in a list, or one after another."""
    found, broken = documents(text_of(path))
    answers = [_disk(document) for document in found if not smart_json.is_scan(document)]
    judgement = _judged(answers)
    if broken or not answers:
        why = "broken JSON" if broken else "a list of devices only" if found else "no JSON"
        judgement = judgement.joined(Judgement(doubts=(Doubt(Component.DISK, "", why),)))
    return judgement


def judge_nvme_log(path: Path) -> Judgement:
    """The health log in nvme-cli's words; smartctl's JSON holds it, too."""
    text = text_of(path)
    reading = nvme_cli.parse(text)
    if isinstance(reading, CannotTell):
        found, _ = documents(text)
        if any("smartctl" in document for document in found):
            return judge_smartctl(path)
        return Judgement(doubts=(Doubt(Component.DISK, "", reading.reason),))
    return _judged(reading)


def judge_emmc(path: Path) -> Judgement:
    """A small sysroot with the device folders of eMMC cards."""
    return flash_cards.judge(emmc.read(HostPaths(path)))


def _disk(document: dict[str, Any]) -> SmartDisk:
    return nvme_cli.disk_of(document) if nvme_cli.is_log(document) else smart_json.parse_document(document)


def _judged(answers: Iterable[SmartDisk]) -> Judgement:
    reading = SmartReading(tuple(answers)[:MAX_DISKS])
    return disks.judge(reading, {}) if reading.disks else Judgement()


KINDS: Final[Mapping[str, Replay]] = {
    "smartctl-ata": judge_smartctl,
    "smartctl-nvme": judge_smartctl,
    "smartctl-scsi": judge_smartctl,
    "nvme-smart-log": judge_nvme_log,
    "emmc": judge_emmc,
}
