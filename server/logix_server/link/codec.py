"""Messages to facts and back: the only place in the server that touches link messages.

Everything from a device is bounded and validated here; an error names the field and what it expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from google.protobuf.message import DecodeError
from logix_common.clock import to_microseconds
from logix_common.errors import InvalidInput, Refused
from logix_common.identifiers import PROTOCOL_MAX, PROTOCOL_MIN
from logix_common.module_statement import MAX_COUNTER
from logix_common.observations import MAX_INSTANCES, MAX_NAME, MAX_POINTS, MAX_SERVICES
from logix_common.reasons import PROTOCOL_UNSUPPORTED
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.fleet.facts import OrderOutcome, StreamOpened
from logix_server.health.facts import ReportRow
from logix_server.link import findings, inventories, texts
from logix_server.link.reckoning import FARTHEST_US, HelloTimes, bounded, observed_us
from logix_server.link.submissions import Rejected, Spool, Submission

_BOOT_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_CAPABILITY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MAX_CAPABILITIES: Final = 64
_MAX_SEQUENCE: Final = 2**62


@dataclass(frozen=True, slots=True)
class Device:
    """Whose stream it is, as admitted, and what its Hello said of its clocks."""

    unit_id: int
    times: HelloTimes


parse: Callable[[bytes], pb.DeviceMessage] = pb.DeviceMessage.FromString


def device_message(raw: bytes) -> pb.DeviceMessage:
    """Parse one message; unknown fields are kept, garbage raises `InvalidInput`."""
    try:
        return parse(raw)
    except DecodeError as error:
        raise InvalidInput("message", f"is no DeviceMessage ({error})") from error


def stream_opened(
    hello: pb.Hello,
    *,
    device_id: str,
    certificate_serial: str,
    gateway_id: str,
    stream_id: str,
    received_at: datetime,
) -> StreamOpened:
    """The facts of a Hello; `Refused` where no protocol version fits, `InvalidInput` otherwise."""
    for name, spool in (("spool_id", hello.spool_id), ("memory_spool_id", hello.memory_spool_id)):
        if len(spool) != 16:
            raise InvalidInput(f"hello.{name}", f"expected 16 bytes, got {len(spool)}")
    if hello.spool_id == hello.memory_spool_id:
        raise InvalidInput("hello.memory_spool_id", "expected another id than spool_id")
    if hello.last_acknowledged > _MAX_SEQUENCE:
        raise InvalidInput("hello.last_acknowledged", f"expected at most {_MAX_SEQUENCE}")
    if len(hello.capabilities) > _MAX_CAPABILITIES:
        raise InvalidInput("hello.capabilities", f"expected at most {_MAX_CAPABILITIES}")
    return StreamOpened(
        device_id=device_id,
        certificate_serial=certificate_serial,
        gateway_id=gateway_id,
        stream_id=stream_id,
        boot_id=texts.key("hello.boot_id", hello.boot_id, 64, _BOOT_ID),
        agent_version=texts.key("hello.agent_version", hello.agent_version, 64),
        capabilities=tuple(texts.key("hello.capabilities", c, 64, _CAPABILITY) for c in hello.capabilities),
        protocol=negotiated(hello.protocol_min, hello.protocol_max),
        trust_version=min(hello.trust_version, 2**31 - 1),
        spool_id=hello.spool_id.hex(),
        memory_spool_id=hello.memory_spool_id.hex(),
        last_acknowledged=hello.last_acknowledged,
        device_us=bounded(hello.device_time_us),
        boottime_us=bounded(hello.boottime_us),
        received_at=received_at,
        module_counter=min(hello.module_statement_counter, MAX_COUNTER),
    )


def negotiated(device_min: int, device_max: int) -> int:
    """The newest protocol version that both ends speak; raises `Refused` when there is none."""
    newest = min(device_max, PROTOCOL_MAX)
    if device_min > device_max or newest < max(device_min, PROTOCOL_MIN):
        ours = f"{PROTOCOL_MIN} to {PROTOCOL_MAX}"
        raise Refused(
            PROTOCOL_UNSUPPORTED, f"the server speaks {ours}, the device {device_min} to {device_max}"
        )
    return newest


def hello_times(opened: StreamOpened) -> HelloTimes:
    """The clocks of a Hello, for reckoning."""
    return HelloTimes(
        boot_id=opened.boot_id,
        device_us=opened.device_us,
        boottime_us=opened.boottime_us,
        received_us=to_microseconds(opened.received_at),
    )


def brings_events(batch: pb.Batch) -> bool:
    """Whether a batch holds anything but health."""
    return not all(entry.HasField("health") for entry in batch.entries)


def submission(batch: pb.Batch, spool: Spool, device: Device, now: datetime, limit: int) -> Submission:
    """The entries of a batch that are not applied yet, as facts.

    An entry that does not hold what it must is set apart in `rejected`: it is recorded and acknowledged,
    or it would block its spool for ever. Sequences that do not ascend, or too many entries, are a broken
    device and raise `InvalidInput`.
    """
    entries = batch.entries
    count = len(entries)
    if count > limit or not count:
        raise InvalidInput("batch.entries", f"expected 1 to {limit}, got {count}")
    received_us = to_microseconds(now)
    last = spool.applied
    previous = 0
    result = Submission(device.unit_id, spool, last)
    for entry in entries:
        count -= 1
        sequence = entry.sequence
        if not previous < sequence <= _MAX_SEQUENCE:
            raise InvalidInput("batch.entries.sequence", f"expected ascending from 1, got {sequence}")
        previous = sequence
        if sequence <= last:
            continue
        if sequence != last + 1:
            result.gap = True
        last = sequence
        # Entries whose clock runs ahead share the moment of receipt; µs apart they keep their order and key.
        at_us = observed_us(
            device.times, entry.boot_id, entry.device_time_us, entry.boottime_us, received_us - count
        )
        try:
            if entry.HasField("health"):
                result.reports.append(_report_row(entry, device.unit_id, at_us, received_us))
            else:
                moment = findings.Moment(
                    device.unit_id, at_us, entry.device_time_us, device.times.skew_us, now
                )
                _apply(result, entry, moment)
        except InvalidInput as error:
            result.rejected.append(Rejected(sequence, error.where, error.what))
    result.sequence = last
    return result


def _report_row(entry: pb.Entry, unit_id: int, at_us: int, received_us: int) -> ReportRow:
    health = entry.health
    _check_health(health)
    device_us = min(max(entry.device_time_us, -FARTHEST_US), FARTHEST_US)
    return ReportRow(unit_id, at_us, received_us, device_us, health.SerializeToString())


def _apply(result: Submission, entry: pb.Entry, moment: findings.Moment) -> None:
    kind = entry.WhichOneof("payload")
    if kind == "finding":
        result.events.append(findings.finding_told("finding", entry.finding, moment))
    elif kind == "inventory":
        result.inventories.append(inventories.inventory_told("inventory", entry.inventory, moment))
    elif kind == "full_state":
        state = entry.full_state
        told = findings.full_state_told(state, moment)
        if state.HasField("inventory"):
            result.inventories.append(
                inventories.inventory_told("full_state.inventory", state.inventory, moment)
            )
        result.events.append(told)
    else:
        # A payload newer than this server: kept out, counted, acknowledged; the spool goes on.
        raise InvalidInput("entry.payload", "expected health, finding, inventory or full_state")


def _check_health(health: pb.HealthReport) -> None:
    """Shape only: this runs for every report. What the numbers mean is checked where they are read."""
    points = len(health.metric)
    if points != len(health.value):
        raise InvalidInput("health.value", f"expected {points} values, one a metric")
    instances = health.instances
    if instances:
        if len(instances) > MAX_INSTANCES:
            raise InvalidInput("health.instances", f"expected at most {MAX_INSTANCES}")
        for instance in instances:
            metrics = len(instance.metric)
            if metrics != len(instance.value):
                raise InvalidInput("health.instances.value", f"expected {metrics} values, one a metric")
            if not 0 < len(instance.name) <= MAX_NAME:
                raise InvalidInput("health.instances.name", f"expected 1 to {MAX_NAME} characters")
            points += metrics
    if points > MAX_POINTS:
        raise InvalidInput("health", f"expected at most {MAX_POINTS} values, got {points}")
    services = health.services
    if services:
        if len(services) > MAX_SERVICES:
            raise InvalidInput("health.services", f"expected at most {MAX_SERVICES}")
        for service in services:
            if not 0 < len(service.name) <= MAX_NAME:
                raise InvalidInput("health.services.name", f"expected 1 to {MAX_NAME} characters")


_OUTCOMES: Final = {
    pb.ORDER_OUTCOME_DONE: OrderOutcome.DONE,
    pb.ORDER_OUTCOME_FAILED: OrderOutcome.FAILED,
    pb.ORDER_OUTCOME_UNSUPPORTED: OrderOutcome.UNSUPPORTED,
}


def order_result(message: pb.OrderResult) -> tuple[str, OrderOutcome, str]:
    """Order id (hexadecimal), outcome and the device's own words."""
    if len(message.order_id) != 16:
        raise InvalidInput("order_result.order_id", f"expected 16 bytes, got {len(message.order_id)}")
    outcome = _OUTCOMES.get(message.outcome)
    if outcome is None:
        raise InvalidInput(
            "order_result.outcome", f"expected done, failed or unsupported, got {message.outcome}"
        )
    return message.order_id.hex(), outcome, texts.prose(message.detail, 500)
