"""Which order a device may send something for: its own, while it is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from logix_common import reasons
from logix_common.errors import Refused

from logix_server.fleet.identity import refusal_of_certificate, refusal_of_unit
from logix_server.fleet.models import Order, Unit
from logix_server.fleet.orders import OPEN
from logix_server.pki.models import Certificate


@dataclass(frozen=True)
class UploadOrder:
    """An order of a device that may speak for itself now; `done`: what it asked for is stored."""

    order_id: str
    unit_id: int
    serial: str
    kind: str
    done: bool
    payload: Mapping[str, Any] = field(default_factory=dict)


def order_for_upload(device_id: str, certificate_serial: str, order_id: str, now: datetime) -> UploadOrder:
    """The order that a device with this certificate may send something for.

    Raises `Refused`: as for a stream where unit or certificate are not in service, and "upload-unknown"
    alike for an order that is another's, over, or never was.
    """
    unit = Unit.objects.filter(device_id=device_id).first()
    certificate = Certificate.objects.filter(serial_number=certificate_serial, device_id=device_id).first()
    if unit is None or certificate is None:
        raise Refused(reasons.UNKNOWN_DEVICE)
    refusal = refusal_of_unit(unit.state) or refusal_of_certificate(
        certificate.state, certificate.not_after, now
    )
    if refusal is not None:
        raise Refused(refusal)
    order = Order.objects.filter(unit=unit, order_id=order_id).first()
    if order is None or not (order.state == Order.State.DONE or _waits(order, now)):
        raise Refused(reasons.UPLOAD_UNKNOWN, "no order of this device waits for it")
    done = order.state == Order.State.DONE
    return UploadOrder(order.order_id, unit.pk, unit.serial, order.kind, done, order.payload)


def _waits(order: Order, now: datetime) -> bool:
    return order.state in OPEN and order.expires_at > now
