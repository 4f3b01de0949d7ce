"""eMMC cards soldered into an appliance: their wear, see `wear`. Pure."""

from __future__ import annotations

from logix_common.findings import Component

from logix_agent.detectors import wear
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.probes.disk_readings import FlashReading
from logix_agent.probes.readings import CannotTell


def judge(reading: FlashReading | CannotTell) -> Judgement:
    """Verdicts on every eMMC. A machine without one lacks nothing."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.STORAGE_WEAR, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for card, verdicts in zip(reading.cards, wear.judge_flash(reading), strict=True):
        told = verdicts.judgement()
        if not told.judged_parts:
            told = Judgement(
                doubts=(Doubt(Component.STORAGE_WEAR, card.part, f"{card.name}: it tells no wear"),)
            )
        judgement = judgement.joined(told)
    return judgement
