"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import environment, postgres

# Limits on the wall clock fail at random on a busy machine; every test has its timeout. In CI the examples
# are the same every time, so that a change is judged by itself; everywhere else new ones are looked for.
hypothesis.settings.register_profile(
    "logix",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
hypothesis.settings.load_profile("logix")

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of captured machine output; skips where it is absent."""
    if not CAPTURES.is_dir():
        pytest.skip("needs ../shared/captures")
    return CAPTURES


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """A PostgreSQL server for tests that run several processes on databases of their own."""
    if environment.SERVER is not None:
        yield environment.SERVER
        return
    if not postgres.available():
        pytest.skip("needs a PostgreSQL server")
    server = postgres.PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """SQLite tests on a file, as in production: threads and processes share it."""
    from django.conf import settings
    from django.db import connections

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        name = str(Path(os.environ["LOGIX_DATA"]) / "test.sqlite3")
        database.setdefault("TEST", {})["NAME"] = name
        connections["default"].settings_dict["TEST"]["NAME"] = name


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One closing line that counts what was skipped."""
    skipped = len(terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.write_line(f"{skipped} tests were skipped on this machine (reasons above)")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where CI is true nothing may skip."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped") and not exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
