"""What the spools hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

#: What an entry costs beside its payload, as both spools reckon it.
ENTRY_OVERHEAD: Final = 48


class Kind(IntEnum):
    """Kinds of entries; the numbers are in the spool's file and never change their meaning."""

    HEALTH = 1
    FINDING = 2
    INVENTORY = 3
    FULL_STATE = 4


#: Of these only the newest says anything.
SUPERSEDING: Final = (Kind.INVENTORY, Kind.FULL_STATE)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """Something to report. `payload` is the wire's Entry without its sequence; findings have an id."""

    kind: Kind
    payload: bytes
    finding_id: bytes = b""

    @property
    def cost(self) -> int:
        """Bytes that it takes of a spool's bound."""
        return len(self.payload) + ENTRY_OVERHEAD


@dataclass(frozen=True, slots=True)
class SpooledEntry:
    """An entry with its place in its spool."""

    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """One entry as the bound sees it."""

    sequence: int
    kind: Kind
    cost: int
    finding_id: bytes = b""


def to_drop(held: Iterable[Held], excess: int) -> list[int]:
    """Sequences to drop, in order of worth, until `excess` bytes are freed or nothing more may go.

    First health, oldest first. Then inventories and full states that a newer one supersedes. Then
    the middle of findings' stories: of one finding's events the first (it says what was raised) and the
    last (it says how things stand) are always kept, so no fault is ever lost; the bound gives way first.
    The server sees each hole as a gap and asks for the full state. `held` is in ascending sequence.
    """
    entries = list(held)
    chosen: list[int] = []
    for candidates in (
        [entry for entry in entries if entry.kind is Kind.HEALTH],
        _superseded(entries),
        _middles(entries),
    ):
        for entry in candidates:
            if excess <= 0:
                return chosen
            chosen.append(entry.sequence)
            excess -= entry.cost
    return chosen


def _superseded(entries: Sequence[Held]) -> list[Held]:
    found: list[Held] = []
    for kind in SUPERSEDING:
        found += [entry for entry in entries if entry.kind is kind][:-1]
    return sorted(found, key=lambda entry: entry.sequence)


def _middles(entries: Sequence[Held]) -> list[Held]:
    first: dict[bytes, int] = {}
    last: dict[bytes, int] = {}
    for entry in entries:
        if entry.kind is Kind.FINDING:
            first.setdefault(entry.finding_id, entry.sequence)
            last[entry.finding_id] = entry.sequence
    return [
        entry
        for entry in entries
        if entry.kind is Kind.FINDING
        and entry.sequence not in (first[entry.finding_id], last[entry.finding_id])
    ]
