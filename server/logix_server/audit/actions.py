"""Write the audit: a plain insert in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from logix_server.audit.models import Record


def record(
    at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Add one record; `actor` is "operator:NAME", "device:ID" or "system:ROLE"."""
    Record.objects.create(at=at, actor=actor, action=action, subject=subject, detail=dict(detail or {}))
