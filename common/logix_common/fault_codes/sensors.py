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
    FindingCode(
        "psu.missing",
        Component.PSU,
        N_("A power supply that was there is gone"),
        N_("Check its seat and cable; replace the supply if it does not come back."),
    ),
    FindingCode(
        "fan.missing",
        Component.FAN,
        N_("A fan that was there is gone"),
        N_("Check its plug; replace the fan if it does not come back."),
    ),
)
