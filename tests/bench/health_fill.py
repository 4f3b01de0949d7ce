"""Fill the table of reports of an initialised server, unit by time, as ingest would have left it."""

from __future__ import annotations

import argparse
import os
import time


def fill(reports: int, units: int) -> None:
    """Insert `reports` packed rows of 21 points in time order, ending an hour ago."""
    from django.db import transaction
    from logix_common.wire.v1 import link_pb2
    from logix_server.health.facts import ReportRow
    from logix_server.health.store import insert_reports

    report = link_pb2.HealthReport(metric=range(1, 22), value=[1.5 * n for n in range(21)])
    packed = report.SerializeToString()
    per_unit = max(1, reports // units)
    start = int((time.time() - 3600) * 1e6) - per_unit * 60_000_000
    for step in range(0, per_unit, 50):
        with transaction.atomic():
            for minute in range(step, min(step + 50, per_unit)):
                at = start + minute * 60_000_000
                insert_reports([ReportRow(unit, at + unit, at, at, packed) for unit in range(1, units + 1)])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logix_server.settings")
    import django

    django.setup()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=5_000_000)
    parser.add_argument("--units", type=int, default=200)
    options = parser.parse_args()
    fill(options.reports, options.units)
