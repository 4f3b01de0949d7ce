"""Facts of the monitor into the wire's entries, bounded to what the server accepts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logix_common.findings import MAX_EVIDENCE, MAX_RELATED, MAX_TEXT, Event
from logix_common.observations import MAX_INSTANCES, MAX_NAME, MAX_PACKAGES, MAX_POINTS, MAX_SERVICES
from logix_common.wire.v1 import link_pb2 as wire

from logix_agent.facts import (
    FindingEvent,
    HealthSample,
    InventoryFacts,
    PackageFact,
    ServiceStatus,
    WindowFact,
)
from logix_agent.link.spool_facts import Kind, NewEntry

#: Of the packages' names and versions together; an entry that is too large would never be taken.
MAX_PACKAGE_BYTES: Final = 320 * 1024
MAX_PARTS: Final = 500  # of modules, disks, ports each
#: A full state larger than this gives up evidence, never a finding: one left out would count as cleared.
MAX_FULL_STATE: Final = 512 * 1024

_FRAMING: Final = 3  # tag and length of a nested message

_EVENTS: Final = {
    Event.RAISED: wire.FINDING_EVENT_RAISED,
    Event.CHANGED: wire.FINDING_EVENT_CHANGED,
    Event.CLEARED: wire.FINDING_EVENT_CLEARED,
}
_STATUSES: Final = {
    ServiceStatus.ACTIVE: wire.SERVICE_STATUS_ACTIVE,
    ServiceStatus.INACTIVE: wire.SERVICE_STATUS_INACTIVE,
    ServiceStatus.FAILED: wire.SERVICE_STATUS_FAILED,
    ServiceStatus.UNKNOWN: wire.SERVICE_STATUS_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something was seen: the wall clock, the boot clock (both µs) and which boot that is of."""

    device_time_us: int
    boottime_us: int
    boot_id: str


def bounded(text: str, limit: int) -> str:
    """`text` in at most `limit` bytes of UTF-8, cut between characters; lone surrogates become "?"."""
    data = text.encode("utf-8", "replace")
    return data[:limit].decode("utf-8", "ignore")


def health_entry(sample: HealthSample, stamp: Stamp) -> NewEntry:
    """One packed report; values that are no finite numbers are left out, and what exceeds the bounds."""
    report = wire.HealthReport()
    instances: dict[str, wire.InstanceValues] = {}
    for point in sample.points[:MAX_POINTS]:
        if not math.isfinite(point.value):
            continue
        if not point.instance:
            report.metric.append(point.metric)
            report.value.append(point.value)
            continue
        values = instances.get(point.instance)
        if values is None:
            if len(instances) >= MAX_INSTANCES:
                continue
            values = report.instances.add(name=bounded(point.instance, MAX_NAME))
            instances[point.instance] = values
        values.metric.append(point.metric)
        values.value.append(point.value)
    for service in sample.services[:MAX_SERVICES]:
        report.services.add(name=bounded(service.name, MAX_NAME), status=_STATUSES[service.status])
    entry = _entry(stamp)
    entry.health.CopyFrom(report)
    return NewEntry(Kind.HEALTH, entry.SerializeToString())


def finding_entry(event: FindingEvent, stamp: Stamp) -> NewEntry:
    """One step in a finding's life."""
    entry = _entry(stamp)
    entry.finding.CopyFrom(_finding(event, MAX_EVIDENCE))
    return NewEntry(Kind.FINDING, entry.SerializeToString(), event.finding_id)


def inventory_entry(inventory: InventoryFacts, stamp: Stamp) -> NewEntry:
    """What the machine consists of."""
    entry = _entry(stamp)
    entry.inventory.CopyFrom(_inventory(inventory))
    return NewEntry(Kind.INVENTORY, entry.SerializeToString())


def full_state_entry(
    inventory: InventoryFacts | None, findings: Sequence[FindingEvent], stamp: Stamp
) -> NewEntry:
    """All that stands.

    With very many findings their evidence is shortened to keep within the bound, then the inventory is
    left out (it has an entry of its own), then what the findings are related to.
    """
    entry = _entry(stamp)
    shortenings = (
        (MAX_EVIDENCE, True, MAX_RELATED),
        (1, True, MAX_RELATED),
        (0, True, MAX_RELATED),
        (0, False, MAX_RELATED),
        (0, False, 0),
    )
    for evidence, with_inventory, related in shortenings:
        entry.full_state.Clear()
        entry.full_state.SetInParent()
        if inventory is not None and with_inventory:
            entry.full_state.inventory.CopyFrom(_inventory(inventory))
        entry.full_state.open_findings.extend(_finding(finding, evidence, related) for finding in findings)
        if entry.ByteSize() <= MAX_FULL_STATE:
            break
    return NewEntry(Kind.FULL_STATE, entry.SerializeToString())


def _entry(stamp: Stamp) -> wire.Entry:
    return wire.Entry(
        device_time_us=stamp.device_time_us, boottime_us=stamp.boottime_us, boot_id=stamp.boot_id
    )


def _finding(event: FindingEvent, evidence: int, related: int = MAX_RELATED) -> wire.Finding:
    finding = wire.Finding(
        finding_id=event.finding_id,
        event=_EVENTS[event.event],
        component=bounded(event.component, MAX_NAME),
        part=bounded(event.part, MAX_NAME),
        code=bounded(event.code, MAX_NAME),
        severity=event.severity,
        related_parts=_bounded_all(event.related_parts[:related], MAX_NAME),
        identity=wire.PartIdentity(
            slot=bounded(event.slot, MAX_NAME),
            serial=bounded(event.serial, MAX_NAME),
            model=bounded(event.model, MAX_NAME),
        ),
        watched=event.watched,
        urgent=event.urgent,
    )
    for proof in event.evidence[:evidence]:
        finding.evidence.add(
            source=bounded(proof.source, MAX_TEXT),
            name=bounded(proof.name, MAX_TEXT),
            value=bounded(proof.value, MAX_TEXT),
            limit=bounded(proof.limit, MAX_TEXT),
            line=bounded(proof.line, MAX_TEXT),
        )
    return finding


def _inventory(facts: InventoryFacts) -> wire.Inventory:
    inventory = wire.Inventory(
        serial=bounded(facts.serial, MAX_NAME),
        model=bounded(facts.model, MAX_NAME),
        product_version=bounded(facts.product_version, MAX_NAME),
        patch_level=bounded(facts.patch_level, MAX_NAME),
        os=bounded(facts.os, MAX_NAME),
        kernel=bounded(facts.kernel, MAX_NAME),
        bios=bounded(facts.bios, MAX_NAME),
    )
    inventory.packages.extend(_packages(facts.packages))
    for module in facts.modules[:MAX_PARTS]:
        inventory.modules.add(
            name=bounded(module.name, MAX_NAME),
            version=bounded(module.version, MAX_NAME),
            enabled=module.enabled,
        )
    for disk in facts.disks[:MAX_PARTS]:
        inventory.disks.add(
            name=bounded(disk.name, MAX_NAME),
            serial=bounded(disk.serial, MAX_NAME),
            model=bounded(disk.model, MAX_NAME),
            bytes=min(max(disk.bytes, 0), 2**64 - 1),
            firmware=bounded(disk.firmware, MAX_NAME),
        )
    for port in facts.ports[:MAX_PARTS]:
        inventory.ports.add(
            name=bounded(port.name, MAX_NAME),
            mac=bounded(port.mac, MAX_NAME),
            speed_mbit=min(max(port.speed_mbit, 0), 2**32 - 1),
            up=port.up,
        )
    for doubt in facts.cannot_tell[:MAX_PARTS]:
        inventory.cannot_tell.add(
            component=bounded(doubt.component, MAX_NAME),
            part=bounded(doubt.part, MAX_NAME),
            reason=bounded(doubt.reason, MAX_TEXT),
        )
    if facts.maintenance is not None:
        inventory.maintenance.CopyFrom(_window(facts.maintenance))
    return inventory


def _window(window: WindowFact) -> wire.MaintenanceWindow:
    return wire.MaintenanceWindow(
        began_us=min(max(window.began_us, -(2**62)), 2**62),
        seconds=min(max(window.seconds, 0), 2**32 - 1),
        why=bounded(window.why, MAX_TEXT),
        by=bounded(window.by, MAX_NAME),
    )


def _packages(facts: Sequence[PackageFact]) -> Iterator[wire.Package]:
    """As many as there is room for."""
    room = MAX_PACKAGE_BYTES
    for package in facts[:MAX_PACKAGES]:
        told = wire.Package(name=bounded(package.name, MAX_NAME), version=bounded(package.version, MAX_NAME))
        room -= told.ByteSize() + _FRAMING
        if room < 0:
            return
        yield told


def _bounded_all(texts: Iterable[str], limit: int) -> list[str]:
    return [bounded(text, limit) for text in texts]
