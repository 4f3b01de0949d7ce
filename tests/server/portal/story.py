"""A device with something to tell: findings of every kind, health of a day, an inventory, a contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from logix_common.clock import to_microseconds
from logix_common.observations import Metric
from logix_common.wire.v1 import link_pb2
from logix_server.fleet.models import Inventory, Presence, Unit
from logix_server.health.facts import ReportRow
from logix_server.health.models import Fault
from logix_server.health.store import insert_reports
from logix_server.tickets.desk.requests import Request, open_request
from logix_server.tickets.models import Ticket

from tests.server import rows


def device_with_a_story(package: str = "profesyonel") -> Unit:
    """An active, connected device under contract."""
    now = datetime.now(UTC)
    unit = rows.unit()
    bought = (now - timedelta(days=100)).date()
    rows.contract(unit, purchased_on=bought, package=package, package_from=bought)
    Presence.objects.create(
        unit=unit, gateway_id="g", stream_id="s", certificate_serial="1", boot_id="b", agent_version="1.2.3",
        protocol=1, trust_version=1, connected_at=now, last_seen_at=now, skew_us=0,
    )  # fmt: skip
    Inventory.objects.create(
        unit=unit, received_at=now, digest="d", product_version="7.1", patch_level="3", content=CONTENT
    )
    told_health(unit, now)
    fault(unit, now - timedelta(hours=2), code="disk.pending-sectors", part="disk:A")
    fault(unit, now - timedelta(hours=3), code="disk.smart-failed", part="disk:B", covered=False,
          clauses=["SUP-1"], reason={"tr": "Destek paketi yok.", "en": "No support package."})  # fmt: skip
    fault(unit, now - timedelta(hours=4), code="fan.stopped", part="fan:1", watched=True, covered=None)
    return unit


CONTENT = {
    "os": "Logix OS 7", "kernel": "6.1.0", "bios": "A1",
    "disks": [{"name": "sda", "serial": "S1", "model": "Disk <b>", "bytes": 10**12, "firmware": "F"}],
    "ports": [{"name": "eth0", "mac": "00:00", "speed_mbit": 1000, "up": True}],
    "modules": [{"name": "firewall", "version": "7", "enabled": True}],
    "packages": [{"name": "bash", "version": "5"}],
}  # fmt: skip


EVIDENCE = [{"source": "smart", "name": "Current_Pending_Sector", "value": "12", "limit": "0", "line": ""}]


def fault(unit: Unit, at: datetime, **more: Any) -> Fault:
    """A finding that stands since `at`."""
    given = {
        "component": "disk", "severity": 2, "worst_severity": 2, "state": "open", "raised_at": at,
        "changed_at": at, "device_time": at, "skew_us": 0, "covered": True, "clauses": ["MAT-12"],
        "evidence": EVIDENCE,
        "finding_id": f"{Fault.objects.count():032x}",
    }  # fmt: skip
    return Fault.objects.create(unit=unit, installation=unit.installation, **(given | more))


def told_health(unit: Unit, until: datetime) -> None:
    """A report every ten minutes for a day, with an hour in which nothing was told."""
    reports = []
    for minute in range(0, 24 * 60, 10):
        if not 300 <= minute < 360:
            at = to_microseconds(until - timedelta(minutes=24 * 60 - minute))
            reports.append(ReportRow(unit.pk, at, at, at, _report(minute)))
    with transaction.atomic():
        insert_reports(reports)


def _report(minute: int) -> bytes:
    report = link_pb2.HealthReport()
    report.metric.extend([Metric.CPU_PERCENT, Metric.MEMORY_TOTAL_BYTES, Metric.MEMORY_AVAILABLE_BYTES])
    report.value.extend([float(minute % 100), 1000.0, 600.0])
    for name in ("disk:A", "cpu"):
        sensor = report.instances.add()
        sensor.name = name
        sensor.metric.append(Metric.TEMPERATURE_CELSIUS)
        sensor.value.append(30 + minute / 100)
    return report.SerializeToString()


def ticket_of(unit: Unit, level: int = 2, **more: Any) -> Ticket:
    """A ticket that a customer's words opened just now."""
    given = {"subject": "Kurallar çalışmıyor", "text": "Dün akşamdan beri.", "answers": {"PRI-3": level}}
    asked = Request(unit.installation_id, **(given | more))
    return open_request(asked, actor="operator:test", now=datetime.now(UTC))
