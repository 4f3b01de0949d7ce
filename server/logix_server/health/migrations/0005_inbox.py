"""Where reports are appended as they come in; a job moves them to `health_report`, sorted."""

from __future__ import annotations

from django.db import migrations, models

COLUMNS = (
    "unit_id {0} NOT NULL, observed_us {0} NOT NULL, received_us {0} NOT NULL,"
    " device_us {0} NOT NULL, packed {1} NOT NULL"
)


def create(apps, schema_editor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        columns = "id INTEGER PRIMARY KEY, " + COLUMNS.format("INTEGER", "BLOB")
    else:
        columns = "id bigserial PRIMARY KEY, " + COLUMNS.format("bigint", "bytea")
    schema_editor.execute(f"CREATE TABLE health_inbox ({columns})")


def drop(apps, schema_editor) -> None:
    schema_editor.execute("DROP TABLE health_inbox")


class Migration(migrations.Migration):
    dependencies = [("health", "0004_packed_tables_managed")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create, drop)],
            state_operations=[
                migrations.CreateModel(
                    name="InboxReport",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("unit_id", models.BigIntegerField()),
                        ("observed_us", models.BigIntegerField()),
                        ("received_us", models.BigIntegerField()),
                        ("device_us", models.BigIntegerField()),
                        ("packed", models.BinaryField()),
                    ],
                    options={"db_table": "health_inbox"},
                )
            ],
        )
    ]
