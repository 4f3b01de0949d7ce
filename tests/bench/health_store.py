"""How quickly stored health is read, rolled up and deleted once there are millions of reports.

`python -m tests.bench.health_store [--reports 5000000] [--units 3472]`: a day of 3 472 devices at one
report a minute. Uses the database of LOGIX_DATABASE_URL, which must be empty, else a temporary SQLite.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1_000


def show(what: str, figures: list[float], unit: str = "ms") -> None:
    ordered = sorted(figures)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{what:<46} p50 {statistics.median(figures):9.2f}  p99 {p99:9.2f} {unit}", flush=True)


def reads(units: int, now: datetime) -> None:
    from logix_common.clock import to_microseconds
    from logix_common.observations import Metric
    from logix_server.health import store
    from logix_server.health.queries import series

    chosen = random.Random(1).sample(range(1, units + 1), min(200, units))
    rows = [len(store.last_day(unit, to_microseconds(now))) for unit in chosen[:1]]
    print(f"reports in one unit's last day: {rows[0]}")
    show(
        "last day of a unit, packed",
        [milliseconds(lambda u=u: store.last_day(u, to_microseconds(now))) for u in chosen],
    )
    day = timedelta(days=1)
    show(
        "last day of one series, unpacked",
        [milliseconds(lambda u=u: series(u, Metric.CPU_PERCENT, "", now - day, now)) for u in chosen[:40]],
    )


def rollups(now: datetime) -> None:
    from logix_server.health.retention import roll_up

    begin, done, rounds = time.perf_counter(), 0, []
    while time.perf_counter() - begin < 20:
        took = time.perf_counter()
        hours = roll_up(now, 500)
        rounds.append((time.perf_counter() - took) / 10 * 1_000)  # of 50 hours, read and written
        done += hours
        if not hours:
            break
    print(f"rolled up {done / (time.perf_counter() - begin):.0f} hours a second")
    show("50 hours read, packed and written", rounds)


def a_year(units: int, now: datetime) -> None:
    """A year of rollups of some units among those of all."""
    from django.db import connection, transaction
    from logix_common.clock import to_microseconds
    from logix_common.observations import Metric
    from logix_server.health.queries import series
    from logix_server.health.store import HOUR_US

    hour = to_microseconds(now) // HOUR_US - 48
    with connection.cursor() as cursor:
        cursor.execute("SELECT packed FROM health_rollup LIMIT 1")
        packed = bytes(cursor.fetchone()[0])
        print(f"bytes of one hour's rollup: {len(packed)}")
        for start in range(0, 8_760, 876):
            with transaction.atomic():
                cursor.executemany(
                    "INSERT INTO health_rollup (unit_id, hour, packed) VALUES (%s, %s, %s)"
                    " ON CONFLICT (unit_id, hour) DO NOTHING",
                    [(u, hour - h, packed) for u in range(1, 101) for h in range(start, start + 876)],
                )
    year = timedelta(days=365)
    found = [
        milliseconds(lambda u=u: series(u, Metric.CPU_PERCENT, "", now - year, now)) for u in range(1, 21)
    ]
    show("a year of one series, by the hour", found)


def deletions(units: int, now: datetime) -> None:
    from logix_server.accounts.models import Organisation
    from logix_server.fleet.models import Installation, Unit
    from logix_server.health.retention import prune, roll_up

    while roll_up(datetime.now(UTC), 2_000):
        pass
    owner = Organisation.objects.create(kind="customer", name="Bench", created_at=now)
    place = Installation.objects.create(customer=owner, name="Bench", created_at=now)
    Unit.objects.bulk_create(
        Unit(id=n, device_id=f"{n:032x}", serial=str(n), model="FW", installation=place, state="active",
             state_at=now, registered_at=now)
        for n in range(1, units + 1)
    )  # fmt: skip
    begin = time.perf_counter()
    rows = prune(now + timedelta(days=30), 7, 400, limit=200)
    print(f"deleted {rows} rows of 200 units in {time.perf_counter() - begin:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=5_000_000)
    parser.add_argument("--units", type=int, default=3_472)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="logix-bench-")
    os.environ["LOGIX_DATA"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logix_server.settings")
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.bench.health_fill import fill

        begin = time.perf_counter()
        fill(options.reports, options.units)
        rate = options.reports / (time.perf_counter() - begin)
        print(f"stored {options.reports} reports, {rate:.0f} a second")
        now = datetime.now(UTC) - timedelta(hours=1)
        reads(options.units, now)
        rollups(datetime.now(UTC))
        a_year(options.units, now)
        deletions(options.units, now)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
