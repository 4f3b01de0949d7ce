"""Faults that sensors show: temperature, fans, voltages, supplies. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "temperature.high",
        Component.TEMPERATURE,
        N_("A temperature is above its limit"),
        N_("Check the air flow, the fans and the room."),
    ),
)
