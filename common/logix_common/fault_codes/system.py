"""Faults of the system as a whole, and of the agent itself. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "system.spool-unwritable",
        Component.SYSTEM,
        N_("The agent cannot write its store; it reports from memory"),
        N_("Check the disk and the file system that hold the agent's state."),
        hardware=False,
    ),
)
