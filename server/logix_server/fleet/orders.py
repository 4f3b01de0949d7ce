"""Orders to devices: rows first, a doorbell second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from logix_server.fleet.facts import OrderOutcome
from logix_server.fleet.models import Order, Unit


def give_order(unit: Unit, kind: str, by: str, now: datetime, expires: datetime | None = None) -> Order:
    """Give `unit` an order of `Order.Kind`; one that already waits is returned instead of a second."""
    raise NotImplementedError


def order_sent(order_ids: Sequence[str], now: datetime) -> None:
    """The gateway has handed these to their devices."""
    raise NotImplementedError


def order_answered(unit_id: int, order_id: str, outcome: OrderOutcome, detail: str, now: datetime) -> None:
    """A device answered; an order that is not its own, or is answered already, is left alone."""
    raise NotImplementedError


def expire_orders(now: datetime) -> int:
    """Periodic job: close orders past their time or sent too often without an answer; how many."""
    raise NotImplementedError
