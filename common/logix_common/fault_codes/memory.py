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
    FindingCode(
        "memory.corrected",
        Component.MEMORY,
        N_("A memory module has had errors that were corrected"),
        N_("Watch the count; replace the module when it grows."),
    ),
    FindingCode(
        "memory.logging-limit",
        Component.MEMORY,
        N_("A memory module has so many corrected errors that they are no longer logged"),
        N_("Replace the module."),
    ),
    FindingCode(
        "memory.module-failed",
        Component.MEMORY,
        N_("A memory module was found bad or switched off"),
        N_("Replace the module."),
    ),
    FindingCode(
        "memory.configuration",
        Component.MEMORY,
        N_("Memory modules are fitted wrongly or do not go together"),
        N_("Check models and slots against the board's table."),
    ),
    FindingCode(
        "cpu.internal-error",
        Component.CPU,
        N_("A processor reports an internal error"),
        N_("Read the controller's log; replace the processor or the board if it comes again."),
    ),
    FindingCode(
        "cpu.thermal-trip",
        Component.CPU,
        N_("A processor switched off because it was too hot"),
        N_("Check the cooler's seat and the fans before it is started again."),
    ),
    FindingCode(
        "cpu.failed",
        Component.CPU,
        N_("A processor failed its test or did not start"),
        N_("Replace the processor or the board."),
    ),
    FindingCode(
        "cpu.configuration",
        Component.CPU,
        N_("A processor does not go with the board or the others"),
        N_("Check models and firmware."),
    ),
    FindingCode(
        "cpu.machine-check",
        Component.CPU,
        N_("The processor reports an error that could not be corrected"),
        N_("Save the kernel log; replace the processor or the board if it comes again."),
    ),
    FindingCode(
        "cpu.corrected-errors",
        Component.CPU,
        N_("The processor has corrected errors of its own"),
        N_("Watch the count; check cooling and firmware, and replace the processor when it grows."),
    ),
)
