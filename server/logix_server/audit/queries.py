"""Read the audit."""

from __future__ import annotations

from logix_server.audit.models import Record


def list_records(
    *, actor: str = "", action: str = "", subject: str = "", limit: int = 100, offset: int = 0
) -> list[Record]:
    """Records, newest first, one page; filters match exactly."""
    rows = Record.objects.order_by("-id")
    for name, value in (("actor", actor), ("action", action), ("subject", subject)):
        if value:
            rows = rows.filter(**{name: value})
    return list(rows[offset : offset + limit])
