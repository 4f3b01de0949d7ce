"""The values of a health report out of what the probes read, within the wire's bounds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from logix_common.observations import MAX_INSTANCES, MAX_NAME, MAX_SERVICES, Metric, Point

from logix_agent.facts import HealthSample, ServiceFact, ServiceStatus
from logix_agent.probes.readings import (
    CannotTell,
    FilesystemReading,
    FilesystemUse,
    PortCounters,
    SystemReading,
)
from logix_agent.probes.sensor_readings import HwmonReading


def health_sample(
    system: SystemReading | CannotTell,
    heat: HwmonReading | CannotTell,
    mounted: FilesystemReading | CannotTell,
    units: tuple[ServiceFact, ...] | CannotTell,
    service_names: Sequence[str],
) -> HealthSample:
    """One report; a source that could not be read has no points in it, its services are unknown."""
    points: list[Point] = []
    instances: list[list[Point]] = []
    if isinstance(system, SystemReading):
        points += [Point(metric, "", value) for metric, value in sorted(system.values.items())]
        instances += [_of_port(port) for port in system.ports]
    if isinstance(mounted, FilesystemReading):
        instances += [_of_filesystem(use) for use in mounted.usage]
    if isinstance(heat, HwmonReading):
        instances += [
            [Point(Metric.TEMPERATURE_CELSIUS, sensor.name[:MAX_NAME], sensor.value)]
            for sensor in heat.of("temp")
            if sensor.value is not None
        ]
    for group in instances[:MAX_INSTANCES]:
        points += group
    if isinstance(units, CannotTell):
        units = tuple(ServiceFact(name, ServiceStatus.UNKNOWN) for name in service_names)
    return HealthSample(points, list(units[:MAX_SERVICES]))


def _of_port(port: PortCounters) -> list[Point]:
    return [
        Point(Metric.NETWORK_RECEIVED_BYTES, port.name, float(port.received_bytes)),
        Point(Metric.NETWORK_SENT_BYTES, port.name, float(port.sent_bytes)),
        Point(Metric.NETWORK_RECEIVE_ERRORS, port.name, float(port.receive_errors)),
        Point(Metric.NETWORK_SEND_ERRORS, port.name, float(port.send_errors)),
        Point(Metric.NETWORK_RECEIVE_DROPS, port.name, float(port.receive_drops)),
        Point(Metric.NETWORK_SEND_DROPS, port.name, float(port.send_drops)),
    ]


def _of_filesystem(use: FilesystemUse) -> list[Point]:
    name = use.point[:MAX_NAME]
    return [
        Point(Metric.FILESYSTEM_TOTAL_BYTES, name, float(use.total)),
        Point(Metric.FILESYSTEM_USED_BYTES, name, float(use.used)),
        Point(Metric.FILESYSTEM_USED_PERCENT, name, use.percent),
    ]
