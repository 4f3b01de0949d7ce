"""An import that dies with the process leaves nothing. On SQLite, whose log shows what is half written."""

from __future__ import annotations

import os
import signal
import sqlite3
import time

HEADER = "customer,serial,model,hardware,purchased_on,package,package_from,package_years,update_renewed_from"
ROW = "Ege Lojistik {0},LX-{0},LX-200,logix,2025-01-10,standart,2025-02-10,1,2026-01-10"
TABLES = ("accounts_organisation", "fleet_unit", "contracts_packagepurchase", "audit_record")


def test_killed_in_the_midst_leaves_nothing(server, tmp_path):
    file = tmp_path / "devices.csv"
    file.write_text("\n".join([HEADER, *(ROW.format(number) for number in range(3_500))]))
    database = server.data / "logix.sqlite3"
    log = database.with_name(f"{database.name}-wal")

    def counts() -> list[int]:
        with sqlite3.connect(database) as connection:
            return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]

    before = counts()
    process = server.start("import", str(file), "--apply")
    deadline = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < deadline:
        # Rows of the import that no longer fit into its memory, before their commit.
        if log.exists() and log.stat().st_size > 500_000:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert counts() == before
