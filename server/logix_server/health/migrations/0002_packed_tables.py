"""The packed tables, keyed (unit, time): one row a report. WITHOUT ROWID on SQLite keeps a unit's rows
side by side and saves a second index; foreign keys are left out because a check a row would slow ingest."""

from __future__ import annotations

from django.db import migrations

SQLITE = (
    "CREATE TABLE health_report (unit_id INTEGER NOT NULL, observed_us INTEGER NOT NULL,"
    " received_us INTEGER NOT NULL, device_us INTEGER NOT NULL, packed BLOB NOT NULL,"
    " PRIMARY KEY (unit_id, observed_us)) WITHOUT ROWID",
    "CREATE TABLE health_rollup (unit_id INTEGER NOT NULL, hour INTEGER NOT NULL, packed BLOB NOT NULL,"
    " PRIMARY KEY (unit_id, hour)) WITHOUT ROWID",
)
POSTGRESQL = (
    "CREATE TABLE health_report (unit_id bigint NOT NULL, observed_us bigint NOT NULL,"
    " received_us bigint NOT NULL, device_us bigint NOT NULL, packed bytea NOT NULL,"
    " PRIMARY KEY (unit_id, observed_us))",
    "CREATE TABLE health_rollup (unit_id bigint NOT NULL, hour bigint NOT NULL, packed bytea NOT NULL,"
    " PRIMARY KEY (unit_id, hour))",
)


def create(apps, schema_editor) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor) -> None:
    schema_editor.execute("DROP TABLE health_report")
    schema_editor.execute("DROP TABLE health_rollup")


class Migration(migrations.Migration):
    dependencies = [("health", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
