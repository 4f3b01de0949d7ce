"""Tell gateways that there is something to look at. A lost ring is found again by their poll."""

from __future__ import annotations

from django.db import connection

#: The PostgreSQL channel that gateways listen on.
CHANNEL = "logix"


def ring() -> None:
    """Ring when the caller's transaction commits.

    PostgreSQL delivers NOTIFY at the commit and merges equal ones; on SQLite the commit itself
    changes `PRAGMA data_version`, which gateways watch.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
