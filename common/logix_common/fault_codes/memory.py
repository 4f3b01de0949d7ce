"""Faults of memory and processors. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "memory.uncorrected",
        Component.MEMORY,
        N_("A memory module has errors that it could not correct"),
        N_("Replace the module; until then data may be damaged and the appliance may stop."),
    ),
    FindingCode(
        "memory.missing",
        Component.MEMORY,
        N_("A memory module that was there is gone"),
        N_("Seat the module anew or replace it."),
    ),
)
