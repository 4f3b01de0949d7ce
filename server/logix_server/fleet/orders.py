"""Orders to devices: rows first, a doorbell second."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q

from logix_server.audit.actions import Entry, record, record_many
from logix_server.effects import outbox
from logix_server.effects.outbox import NewEffect
from logix_server.fleet import doorbell
from logix_server.fleet.facts import OrderOutcome
from logix_server.fleet.lifecycle import ORDER, OrderState
from logix_server.fleet.models import Order, Unit

DEFAULT_LIFE: Final = timedelta(days=7)
RESEND_AFTER: Final = timedelta(seconds=60)
MAX_ATTEMPTS: Final = 5
#: What may take a device long: handed out again, more rarely, until it is done or out of date.
PATIENT: Final = (Order.Kind.COLLECT_DIAGNOSTICS.value,)
PATIENT_RESEND: Final = timedelta(seconds=120)
#: Effect: {"order_id"}; such an order has failed, or is out of date.
UNFULFILLED: Final = "order.unfulfilled"
OPEN: Final = tuple(ORDER.before(OrderState.EXPIRED))


def _to_an_earlier_stream() -> Q:
    """Whoever was told is perhaps no more: an agent that began anew has forgotten what it had begun."""
    return Q(sent_at__lt=F("unit__presence__connected_at"))


def resendable(now: datetime) -> Q:
    """Orders that were sent, and are to be sent again for want of an answer."""
    patient = Q(kind__in=PATIENT)
    return Q(state=OrderState.SENT) & (
        (patient & (Q(sent_at__lte=now - PATIENT_RESEND) | _to_an_earlier_stream()))
        | (~patient & Q(sent_at__lte=now - RESEND_AFTER, attempts__lt=MAX_ATTEMPTS))
    )


def give_order(
    unit: Unit,
    kind: str,
    by: str,
    now: datetime,
    *,
    expires: datetime | None = None,
    payload: Mapping[str, Any] | None = None,
) -> Order:
    """Give `unit` an order of `Order.Kind`; one that already waits is returned instead of a second."""
    told = dict(payload or {})
    with transaction.atomic():
        Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)  # two at once: one order
        still = Q(attempts__lt=MAX_ATTEMPTS) | Q(kind__in=PATIENT)
        rows = Order.objects.filter(still, unit=unit, kind=kind, state__in=OPEN, expires_at__gt=now)
        for waiting in rows:
            if waiting.payload == told:
                return waiting
        order = Order.objects.create(
            order_id=uuid.uuid4().hex,
            unit=unit,
            kind=Order.Kind(kind).value,
            payload=told,
            state=Order.State.WAITING,
            state_at=now,
            created_at=now,
            created_by=by,
            expires_at=expires or now + DEFAULT_LIFE,
        )
        record(now, by, "order.give", f"unit:{unit.serial}", {"order": order.order_id, "kind": order.kind})
        doorbell.ring()
        return order


def give_orders(units: Sequence[Unit], kind: str, by: str, now: datetime, expires: datetime) -> int:
    """Give many units one kind of order, in few statements; those that already wait are passed over."""
    with transaction.atomic():
        waiting = set(
            Order.objects.filter(kind=kind, state__in=OPEN, expires_at__gt=now).values_list(
                "unit_id", flat=True
            )
        )
        chosen = [unit for unit in units if unit.pk not in waiting]
        Order.objects.bulk_create(
            Order(
                order_id=uuid.uuid4().hex,
                unit=unit,
                kind=kind,
                state=Order.State.WAITING,
                state_at=now,
                created_at=now,
                created_by=by,
                expires_at=expires,
            )
            for unit in chosen
        )
        record_many(Entry(now, by, "order.give", f"unit:{unit.serial}", {"kind": kind}) for unit in chosen)
        doorbell.ring()
        return len(chosen)


def order_sent(order_ids: Sequence[str], now: datetime) -> None:
    """The gateway has handed these to their devices; ones answered meanwhile stay answered."""
    Order.objects.filter(order_id__in=order_ids, state__in=ORDER.before(OrderState.SENT)).update(
        state=OrderState.SENT, state_at=now, sent_at=now, attempts=F("attempts") + 1
    )


def order_answered(
    unit_id: int, order_id: str, outcome: OrderOutcome, detail: str, now: datetime, *, proven: bool = False
) -> None:
    """A device answered; an order that is not its own, or is closed already, is left alone.

    `proven`: what it was to bring is here. That alone ends a patient order well: a device that only says so
    has brought nothing, and whoever waits for it learns that.
    """
    if outcome == OrderOutcome.DONE and not proven and _brings(order_id):
        outcome, detail = OrderOutcome.FAILED, "said to be done, but nothing has come"
    state = OrderState.DONE if outcome == OrderOutcome.DONE else OrderState.FAILED
    text = detail if outcome != OrderOutcome.UNSUPPORTED else f"unsupported by this agent {detail}".strip()
    with transaction.atomic():
        own = Order.objects.filter(order_id=order_id, unit_id=unit_id, state__in=ORDER.before(state))
        changed = own.update(state=state, state_at=now, detail=text[:500])
        if changed:
            _tell_unfulfilled([order_id] if state == OrderState.FAILED else [], now)
            device_id = Unit.objects.values_list("device_id", flat=True).get(pk=unit_id)
            answer = {"order": order_id, "outcome": outcome.value, "detail": text[:200]}
            record(now, f"device:{device_id}", "order.answer", f"device:{device_id}", answer)


def _brings(order_id: str) -> bool:
    return Order.objects.filter(order_id=order_id, kind__in=PATIENT).exists()


def expire_orders(now: datetime) -> int:
    """Periodic job: close orders past their time or sent too often without an answer; how many."""
    with transaction.atomic():
        open_still = ORDER.before(OrderState.EXPIRED)
        over = Order.objects.filter(state__in=open_still, expires_at__lte=now, kind__in=PATIENT)
        _tell_unfulfilled(list(over.values_list("order_id", flat=True)), now)
        expired = Order.objects.filter(state__in=open_still, expires_at__lte=now).update(
            state=OrderState.EXPIRED, state_at=now, detail="not answered in time"
        )
        sent = ORDER.before(OrderState.FAILED, among=[OrderState.SENT])
        tired = Order.objects.filter(
            ~Q(kind__in=PATIENT),
            state__in=sent,
            attempts__gte=MAX_ATTEMPTS,
            sent_at__lte=now - RESEND_AFTER,
        ).update(state=OrderState.FAILED, state_at=now, detail=f"sent {MAX_ATTEMPTS} times, no answer")
        if expired or tired:
            closed = {"expired": expired, "sent_too_often": tired}
            record(now, "system:jobs", "order.expire", "orders", closed)
        return expired + tired


def _tell_unfulfilled(order_ids: Sequence[str], now: datetime) -> None:
    """Whoever waits for what a patient order was to bring learns that it does not come."""
    asked = Order.objects.filter(order_id__in=order_ids, kind__in=PATIENT).values_list("order_id", flat=True)
    outbox.put_many(
        [NewEffect(UNFULFILLED, {"order_id": each}, f"order-unfulfilled:{each}") for each in asked], now
    )
