"""The database underneath: migrations run, and acknowledged means durable."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_commits_are_durable() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        else:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)


def test_a_report_key_holds_one_row() -> None:
    with connection.cursor() as cursor:
        insert = (
            "INSERT INTO health_report (unit_id, observed_us, received_us, device_us, packed)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (unit_id, observed_us) DO NOTHING"
        )
        cursor.execute(insert, [1, 2, 3, 4, b"first"])
        cursor.execute(insert, [1, 2, 3, 4, b"again"])
        cursor.execute("SELECT packed FROM health_report")
        assert [bytes(row[0]) for row in cursor.fetchall()] == [b"first"]
