"""Write the audit: a plain insert in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from logix_server.audit.models import Record


def record(
    at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Add one record; `actor` is "operator:NAME", "device:ID" or "system:ROLE"."""
    Record.objects.create(at=at, actor=actor, action=action, subject=subject, detail=dict(detail or {}))


@dataclass(frozen=True)
class Entry:
    """One record to be written with others."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def record_many(entries: Iterable[Entry]) -> None:
    """Add records in one statement."""
    Record.objects.bulk_create(
        Record(
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=dict(entry.detail),
        )
        for entry in entries
    )
