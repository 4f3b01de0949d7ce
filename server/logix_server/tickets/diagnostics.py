"""Diagnostics of a device for its ticket: asked for when the ticket opens, attached when they have come.

What a device sends is stored as it is and never unpacked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop
from logix_common import reasons
from logix_common.diagnostics import CAPABILITY, MAX_BUNDLE_BYTES, MAX_FAULTS
from logix_common.errors import Refused

from logix_server.audit.actions import record
from logix_server.blobs import BlobRef
from logix_server.config import current
from logix_server.fleet import actions as fleet
from logix_server.fleet.facts import OrderOutcome
from logix_server.fleet.models import Order, Presence, Unit
from logix_server.fleet.uploads import UploadOrder, order_for_upload
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.events import ACTOR, note
from logix_server.tickets.models import Attachment, Ticket, TicketEvent
from logix_server.tickets.queries import faults_of

KIND: Final = Order.Kind.COLLECT_DIAGNOSTICS.value
#: Bundles of one unit in 24 hours: a device that raises fault upon fault fills no disk of ours.
MOST_A_DAY: Final = 20
CONTENT_TYPE: Final = "application/gzip"


def on_ticket_opened(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "ticket.opened": {"ticket_id"}; the device is asked for what an engineer will want to see.

    An agent that does not know the order is not asked. A device that is away is asked when it comes back.
    """
    ticket = Ticket.objects.select_related("unit").get(id=payload["ticket_id"])
    unit = ticket.unit
    if unit is None or not _knows_how(unit):
        return
    if _asked_lately(unit, now) >= MOST_A_DAY:
        _note(ticket, gettext_noop("No diagnostics: %(told)s were asked for within a day."), MOST_A_DAY, now)
        return
    faults = faults_of(ticket)[:MAX_FAULTS]
    told = {
        "ticket": ticket.number,
        "codes": [fault.code for fault in faults],
        "parts": [fault.part for fault in faults],
    }
    fleet.give_order(unit, KIND, ACTOR, now, payload=told)


def on_unfulfilled(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "order.unfulfilled": {"order_id"}; the ticket says that nothing comes, and why."""
    order = Order.objects.get(order_id=payload["order_id"])
    ticket = Ticket.objects.filter(number=order.payload.get("ticket", "")).first()
    if order.kind == KIND and ticket is not None:
        _note(ticket, gettext_noop("No diagnostics have come: %(told)s"), order.detail, now)


def _note(ticket: Ticket, text: str, told: object, now: datetime) -> None:
    key = f"no-diagnostics:{ticket.id}"
    if not TicketEvent.objects.filter(key=key).exists():
        with translation.override("tr"):  # for our engineers alone
            said = translation.gettext(text) % {"told": told}
        note(ticket, EventKind.NOTE, now, {"text": said}, key=key)


def _knows_how(unit: Unit) -> bool:
    told = Presence.objects.filter(unit=unit).values_list("capabilities", flat=True).first()
    return unit.state == Unit.State.ACTIVE and isinstance(told, list) and CAPABILITY in told


def _asked_lately(unit: Unit, now: datetime) -> int:
    return Order.objects.filter(unit=unit, kind=KIND, created_at__gt=now - timedelta(days=1)).count()


def awaited(device_id: str, certificate_serial: str, order_id: str, size: int, now: datetime) -> bool:
    """Whether a bundle of `size` bytes may come for the order; False = there is one already.

    Raises `Refused` where the device may send nothing for it, or not so much.
    """
    order = _order(device_id, certificate_serial, order_id, now)
    if order.done:
        return False
    if size > MAX_BUNDLE_BYTES:
        raise Refused(reasons.UPLOAD_REFUSED, f"expected at most {MAX_BUNDLE_BYTES} bytes, got {size}")
    return True


@transaction.atomic
def attach(device_id: str, certificate_serial: str, order_id: str, ref: BlobRef, now: datetime) -> None:
    """Attach a stored blob to the order's ticket, for engineers alone; the order is done with it.

    A second time changes nothing. Raises as `awaited` does: the device may have been revoked meanwhile.
    """
    order = _order(device_id, certificate_serial, order_id, now)
    Unit.objects.select_for_update(no_key=True).get(pk=order.unit_id)  # two at once: one attachment
    key = f"diagnostics:{order_id}"
    if order.done or TicketEvent.objects.filter(key=key).exists():
        return
    ticket = Ticket.objects.get(number=order.payload["ticket"])
    actor = f"device:{device_id}"
    name = f"diagnostics-{order.serial.replace('/', '-')}-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    event = note(ticket, EventKind.ATTACHED, now, {"names": [name]}, key=key, actor=actor)
    Attachment.objects.create(
        ticket=ticket,
        event=event,
        name=name,
        content_type=CONTENT_TYPE,
        size=ref.size,
        sha256=ref.sha256,
        origin=Attachment.Origin.DIAGNOSTICS,
        public=False,
        uploaded_by=actor,
        created_at=now,
        expires_at=now + timedelta(days=current().diagnostics_days),
    )
    brought = f"stored as {name}"
    fleet.order_answered(order.unit_id, order_id, OrderOutcome.DONE, brought, now, proven=True)
    told = {"name": name, "size": ref.size, "sha256": ref.sha256, "public": False, "order": order_id}
    record(now, actor, "ticket.attach", f"ticket:{ticket.number}", told)


def _order(device_id: str, certificate_serial: str, order_id: str, now: datetime) -> UploadOrder:
    order = order_for_upload(device_id, certificate_serial, order_id, now)
    if order.kind != KIND:
        raise Refused(reasons.UPLOAD_UNKNOWN, "no order of this device waits for it")
    return order
