"""A device's findings and health as people see them: found and authorised in the same call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q
from logix_common.clock import to_microseconds

from logix_server.accounts.access import Viewer, scope
from logix_server.fleet.reading import device
from logix_server.health import packing, rollup_store, store
from logix_server.health.models import Fault
from logix_server.health.queries import RAW_SPAN_US, Reading
from logix_server.health.store import HOUR_US

#: Series that are read at once; what a machine with more tells stands on the command line.
MOST_INSTANCES: Final = 24
_CUSTOMER: Final = "installation__customer"


def findings(viewer: Viewer, serial: str, *, open_only: bool, limit: int = 100) -> list[Fault]:
    """The findings of a device that `viewer` may see: what stands first, the graver before the newer."""
    rows = Fault.objects.filter(scope(viewer, _CUSTOMER), unit__serial=serial)
    rows = rows.filter(state=Fault.State.OPEN) if open_only else rows
    rows = rows.select_related("suppressed_by")
    return list(rows.order_by("state", "severity", "-urgent", "-raised_at", "-id")[:limit])


def findings_by_id(viewer: Viewer, ids: Sequence[int]) -> list[Fault]:
    """Those of the findings that `viewer` may see, in the order of `ids`."""
    rows = Fault.objects.filter(scope(viewer, _CUSTOMER), id__in=ids).select_related("suppressed_by")
    found = {fault.pk: fault for fault in rows}
    return [found[one] for one in ids if one in found]


def raised_between(viewer: Viewer, serial: str, since: datetime, until: datetime, limit: int) -> list[Fault]:
    """The findings that a device raised in [since, until), oldest first; the newest `limit` of them."""
    rows = Fault.objects.filter(scope(viewer, _CUSTOMER), unit__serial=serial)
    rows = rows.filter(Q(raised_at__gte=since) & Q(raised_at__lt=until)).order_by("-raised_at", "-id")
    return list(reversed(rows[:limit]))


def series_of(
    viewer: Viewer, serial: str, metrics: Collection[int], since: datetime, until: datetime
) -> dict[tuple[int, str], list[Reading]]:
    """The readings of `metrics` in [since, until) by metric and instance, in time order.

    Read in one pass; the last two days report by report, what is before by the hour, as
    `health.queries.series` does. Raises `NotFound`.
    """
    unit_id = device(viewer, serial).pk
    since_us, until_us = to_microseconds(since), to_microseconds(until)
    raw_hour = max(since_us, until_us - RAW_SPAN_US) // HOUR_US
    reports = store.reports(unit_id, max(since_us, raw_hour * HOUR_US), until_us)
    there = {report.observed_us // HOUR_US for report in reports}
    found: defaultdict[tuple[int, str], list[Reading]] = defaultdict(list)
    for hour, packed in rollup_store.read(unit_id, since_us // HOUR_US, -(-until_us // HOUR_US)):
        if hour in there:
            continue
        for (metric, instance), one in packing.unpack_hour(packed).series.items():
            if metric in metrics:
                values = (one.minimum, one.maximum, one.mean, one.last)
                found[metric, instance].append(Reading(hour * HOUR_US, *values))
    for report in reports:
        for instance, told, values_told in packing.columns(report.packed):
            for metric, value in zip(told, values_told, strict=False):
                if metric in metrics:
                    found[metric, instance].append(Reading(report.observed_us, value, value, value, value))
    return {key: found[key] for key in sorted(found)[:MOST_INSTANCES]}
