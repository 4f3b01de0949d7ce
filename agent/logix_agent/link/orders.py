"""Orders from the server: which handler does what, and each order once.

An order may arrive again after a lost answer or a crash. What was done is remembered on disk before
it is answered; one that a crash interrupted is done again only if its handler says that this is safe.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logix_common.errors import LogixError

from logix_agent.host.durable_files import write_atomically
from logix_agent.link.disk_thread import Keeper
from logix_agent.link.order_codec import OrderFacts, OrderKind, OrderOutcome

log = logging.getLogger(__name__)

REMEMBERED: Final = 200
_BEGUN: Final = "BEGUN"


@dataclass(frozen=True)
class Handler:
    """`run` does the order and returns a detail for the server; it raises `LogixError` when it fails.

    `at_once`: so many run or wait at a time; a further one is neither begun nor answered, and so comes again.
    """

    run: Callable[[OrderFacts], Awaitable[str]]
    repeatable: bool
    at_once: int = 8


@dataclass(frozen=True)
class OrderAnswer:
    """What the server is told."""

    order_id: bytes
    outcome: OrderOutcome
    detail: str = ""


class OrderTable:
    """Handlers by kind, and the last orders with what became of them."""

    def __init__(self, path: Path, handlers: Mapping[OrderKind, Handler], keep: Keeper) -> None:
        self._path = path
        self._keep = keep
        self._handlers = handlers
        self._known = _read(path)
        self._running: dict[bytes, OrderKind | None] = {}

    async def obey(self, order: OrderFacts) -> OrderAnswer | None:
        """Do `order` unless it was done; the answer to send.

        None while the same order still runs, or as many of its kind as may: what takes long must not keep
        out what else the server has to say.
        """
        if order.order_id in self._running:
            return None
        handler = self._handlers.get(order.kind) if order.kind else None
        if handler is None:
            return OrderAnswer(order.order_id, OrderOutcome.UNSUPPORTED, "this agent does not know the order")
        outcome, detail = self._known.get(order.order_id.hex(), ("", ""))
        if outcome in OrderOutcome.__members__:
            return OrderAnswer(order.order_id, OrderOutcome[outcome], detail)
        if outcome == _BEGUN and not handler.repeatable:
            return await self._settle(order, OrderOutcome.FAILED, "interrupted, and not safe to do again")
        if list(self._running.values()).count(order.kind) >= handler.at_once:
            return None
        self._running[order.order_id] = order.kind
        try:
            return await self._do(order, handler)
        finally:
            del self._running[order.order_id]

    async def _do(self, order: OrderFacts, handler: Handler) -> OrderAnswer:
        await self._remember(order, _BEGUN, "")
        try:
            detail = await handler.run(order)
        except (LogixError, OSError) as error:
            log.warning("order failed", extra={"order": order.order_id.hex(), "error": str(error)})
            return await self._settle(order, OrderOutcome.FAILED, str(error)[:500])
        return await self._settle(order, OrderOutcome.DONE, detail)

    async def _settle(self, order: OrderFacts, outcome: OrderOutcome, detail: str) -> OrderAnswer:
        await self._remember(order, outcome.name, detail)
        return OrderAnswer(order.order_id, outcome, detail)

    async def _remember(self, order: OrderFacts, outcome: str, detail: str) -> None:
        self._known.pop(order.order_id.hex(), None)
        self._known[order.order_id.hex()] = (outcome, detail)
        while len(self._known) > REMEMBERED:
            self._known.pop(next(iter(self._known)))
        content = json.dumps([[name, *told] for name, told in self._known.items()])
        try:
            await self._keep(lambda: write_atomically(self._path, content.encode(), 0o600))
        except OSError as error:  # remembered in memory then: an order is still obeyed on a full disk
            log.warning("orders cannot be remembered on disk", extra={"error": str(error)})


def _read(path: Path) -> dict[str, tuple[str, str]]:
    try:
        content = json.loads(path.read_bytes())
        return {str(name): (str(outcome), str(detail)) for name, outcome, detail in content}
    except (OSError, ValueError, TypeError, RecursionError):
        return {}
