"""What a device says of itself, as facts: no messages, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from logix_server.pki.facts import Bundle


@dataclass(frozen=True)
class StreamOpened:
    """A device's Hello on a stream whose certificate was verified."""

    device_id: str
    certificate_serial: str  # lower-case hexadecimal
    gateway_id: str
    stream_id: str  # 32 hexadecimal digits, new for each stream
    boot_id: str
    agent_version: str
    capabilities: tuple[str, ...]
    protocol: int  # negotiated
    trust_version: int
    spool_id: str  # hexadecimal
    memory_spool_id: str
    last_acknowledged: int
    device_us: int
    boottime_us: int
    received_at: datetime
    module_counter: int = 0  # of the newest module statement that the device has accepted


@dataclass(frozen=True)
class Contested:
    """An older stream of the same device that is still thought to live."""

    gateway_id: str
    stream_id: str
    certificate_serial: str
    same_certificate: bool  # False: the two-phase renewal's hand-over; close the older one quietly


@dataclass(frozen=True)
class Admitted:
    """The stream may go on."""

    unit_id: int
    applied: int  # newest applied sequence of the durable spool
    applied_memory: int
    want_full_state: bool
    renew_at: datetime  # by the server's clock, jitter included; in the past = now
    trust_version: int  # ours; send the bundle when the device's is lower
    contested: Contested | None = None


@dataclass(frozen=True)
class Denied:
    """The stream ends; `reason` is a code of `logix_common.reasons`."""

    reason: str


Admission = Admitted | Denied


class Position(NamedTuple):
    """Everything of this spool up to `sequence` is applied. A tuple: one is made for every batch."""

    unit_id: int
    spool_id: str
    sequence: int


@dataclass(frozen=True)
class Seen:
    """When a stream was last heard, and how far its device's clock is off."""

    unit_id: int
    stream_id: str
    at: datetime
    skew_us: int


@dataclass(frozen=True)
class WatchingTold:
    """What a unit says of its own watching; plain JSON, bounded by the codec."""

    cannot_tell: list[dict[str, str]] = field(hash=False)
    maintenance: dict[str, str] | None = field(hash=False)


@dataclass(frozen=True)
class InventoryTold:
    """What a unit consists of; `content` is plain JSON, bounded by the codec."""

    unit_id: int
    received_at: datetime
    product_version: str
    patch_level: str
    content: dict[str, Any] = field(hash=False)
    watching: WatchingTold | None = None  # None = nothing was told of it


class OrderOutcome(StrEnum):
    """What a device answered to an order."""

    DONE = "done"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class WaitingOrder:
    """An order to hand to a connected device."""

    order_id: str
    unit_id: int
    stream_id: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Issued:
    """A certificate for a device, with what it is to trust."""

    device_id: str
    chain_pem: bytes  # leaf first, then the issuing CA; without the root
    trust: Bundle


@dataclass(frozen=True, slots=True)
class LiveStream:
    """A stream that a gateway holds at this moment."""

    unit_id: int
    stream_id: str
    certificate_serial: str


@dataclass(frozen=True)
class Ending:
    """A live stream that must end now; `reason` is a code of `logix_common.reasons`."""

    unit_id: int
    stream_id: str
    reason: str


@dataclass(frozen=True)
class Replaced:
    """A live stream in whose place a newer one of the same device stands.

    `same_certificate`: ask it whether it still lives (a clone?); else close it quietly (hand-over).
    """

    unit_id: int
    stream_id: str
    by_stream_id: str
    same_certificate: bool


@dataclass(frozen=True)
class GatewayWork:
    """What a gateway has to act on; `trust_version` is ours, to be pushed where a stream has less."""

    orders: tuple[WaitingOrder, ...]
    endings: tuple[Ending, ...]
    replaced: tuple[Replaced, ...]
    trust_version: int


@dataclass(frozen=True)
class StandingUnit:
    """The unit in service at a place, and whose place it is."""

    unit_id: int
    serial: str
    model: str
    installation_id: int
    installation: str
    customer_id: int
    customer: str
    dealer_id: int | None
    dealer: str | None
