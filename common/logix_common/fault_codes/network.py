"""Faults of network ports. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "nic.missing",
        Component.NIC,
        N_("A network port that was there is gone"),
        N_("Check the network card and its seat; replace it if the port does not come back."),
    ),
)
