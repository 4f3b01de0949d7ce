"""Loaded before Django's settings: a data directory and a database of the tests' own.

`LOGIX_TEST_DATABASE=postgres` runs the suite on a PostgreSQL server started here; else SQLite.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from tests.postgres import PostgresServer

DATABASE = os.environ.get("LOGIX_TEST_DATABASE", "sqlite")

_data = tempfile.mkdtemp(prefix="logix-test-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["LOGIX_DATA"] = _data
os.environ.pop("LOGIX_CONFIG", None)

if DATABASE == "postgres":
    SERVER: PostgresServer | None = PostgresServer()
    atexit.register(SERVER.stop)
    os.environ["LOGIX_DATABASE_URL"] = SERVER.create("logix")
elif DATABASE == "sqlite":
    SERVER = None
    os.environ.pop("LOGIX_DATABASE_URL", None)
else:
    raise SystemExit(f"LOGIX_TEST_DATABASE: expected sqlite or postgres, got {DATABASE!r}")
