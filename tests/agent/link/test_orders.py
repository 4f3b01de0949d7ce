"""Each order once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from logix_agent.link.order_codec import OrderFacts, OrderKind, OrderOutcome
from logix_agent.link.orders import REMEMBERED, Handler, OrderTable
from logix_common.errors import LogixError

from tests.until import until

KIND = OrderKind.REPORT_FULL_STATE


class Counter:
    """A handler that counts, and fails when told."""

    def __init__(self, fails: bool = False) -> None:
        self.runs = 0
        self.fails = fails
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, order: OrderFacts) -> str:
        self.runs += 1
        await self.gate.wait()
        if self.fails:
            raise LogixError("no")
        return "done so"


async def keep(work: Callable[[], None]) -> None:
    work()


def table(path: Path, counter: Counter, repeatable: bool = True) -> OrderTable:
    return OrderTable(path, {KIND: Handler(counter, repeatable)}, keep)


async def test_a_repeated_order_is_answered_from_memory_also_after_a_restart(tmp_path: Path) -> None:
    counter = Counter()
    order = OrderFacts(b"a" * 16, KIND)
    first = await table(tmp_path / "o", counter).obey(order)
    again = await table(tmp_path / "o", counter).obey(order)
    assert first == again
    assert first is not None
    assert (first.outcome, first.detail) == (OrderOutcome.DONE, "done so")
    assert counter.runs == 1


async def test_an_order_that_still_runs_is_not_begun_again(tmp_path: Path) -> None:
    counter = Counter()
    counter.gate.clear()
    orders = table(tmp_path / "o", counter)
    order = OrderFacts(b"a" * 16, KIND)
    running = asyncio.ensure_future(orders.obey(order))
    await asyncio.sleep(0)
    assert await orders.obey(order) is None
    counter.gate.set()
    assert await running is not None
    assert counter.runs == 1


async def test_orders_that_wait_for_long_leave_room_for_others(tmp_path: Path) -> None:
    waiting, quick = Counter(), Counter()
    waiting.gate.clear()
    handlers = {
        OrderKind.COLLECT_DIAGNOSTICS: Handler(waiting, repeatable=True, at_once=4),
        KIND: Handler(quick, repeatable=True),
    }
    orders = OrderTable(tmp_path / "o", handlers, keep)
    flood = [OrderFacts(bytes([number]) * 16, OrderKind.COLLECT_DIAGNOSTICS) for number in range(100)]
    under_way = [asyncio.ensure_future(orders.obey(order)) for order in flood]
    await until(lambda: sum(task.done() for task in under_way) == 96)
    assert waiting.runs == 4
    assert {task.result() for task in under_way if task.done()} == {None}
    answer = await orders.obey(OrderFacts(b"z" * 16, KIND))
    assert answer is not None
    assert answer.outcome is OrderOutcome.DONE
    waiting.gate.set()
    await asyncio.gather(*under_way)
    again = await orders.obey(flood[50])  # it comes again, and is done then
    assert again is not None
    assert (again.outcome, waiting.runs) == (OrderOutcome.DONE, 5)


async def test_an_interrupted_order_is_done_again_only_where_that_is_safe(tmp_path: Path) -> None:
    order = OrderFacts(b"a" * 16, KIND)
    for repeatable, outcome, runs in ((True, OrderOutcome.DONE, 1), (False, OrderOutcome.FAILED, 0)):
        path = tmp_path / f"o-{repeatable}"
        path.write_text(json.dumps([[order.order_id.hex(), "BEGUN", ""]]))
        counter = Counter()
        answer = await table(path, counter, repeatable).obey(order)
        assert answer is not None
        assert (answer.outcome, counter.runs) == (outcome, runs)


async def test_a_failure_is_told(tmp_path: Path) -> None:
    answer = await table(tmp_path / "o", Counter(fails=True)).obey(OrderFacts(b"a" * 16, KIND))
    assert answer is not None
    assert (answer.outcome, answer.detail) == (OrderOutcome.FAILED, "no")


async def test_an_order_newer_than_the_agent_is_unsupported(tmp_path: Path) -> None:
    answer = await table(tmp_path / "o", Counter()).obey(OrderFacts(b"a" * 16, None))
    assert answer is not None
    assert answer.outcome is OrderOutcome.UNSUPPORTED


async def test_memory_of_orders_is_bounded_and_damage_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "o"
    path.write_bytes(b"\x00garbage")
    orders = table(path, Counter())
    for number in range(REMEMBERED + 20):
        await orders.obey(OrderFacts(number.to_bytes(16, "big"), KIND))
    assert len(json.loads(path.read_text())) == REMEMBERED


async def test_a_disk_that_takes_nothing_does_not_stop_orders(tmp_path: Path) -> None:
    counter = Counter()
    orders = table(tmp_path / "missing" / "o", counter)
    order = OrderFacts(b"a" * 16, KIND)
    assert await orders.obey(order) == await orders.obey(order)
    assert counter.runs == 1
