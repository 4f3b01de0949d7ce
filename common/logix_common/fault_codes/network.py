"""Faults of network ports. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import FindingCode

CODES: Final[tuple[FindingCode, ...]] = ()
