"""The faults of a ticket with their proof, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from logix_common.findings import advice_of, title_of

from logix_server.accounts.access import Viewer
from logix_server.health.reading import findings_by_id


@dataclass(frozen=True)
class Proof:
    """One fault: what it is, what to do about it, and the readings that show it."""

    fault: Any  # its row, to read from
    title: str
    advice: str
    identity: Sequence[tuple[str, Any]]


def evidence(viewer: Viewer, ids: Sequence[int], language: str) -> list[Proof]:
    """The faults in the order in which they joined the ticket."""
    found = findings_by_id(viewer, ids)
    return [
        Proof(
            fault,
            title_of(fault.code, language),
            advice_of(fault.code, language),
            [(name, value) for name, value in fault.identity.items() if value],
        )
        for fault in found
    ]
