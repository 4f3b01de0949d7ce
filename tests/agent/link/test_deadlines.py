"""Silence and slowness: deadlines on a clock that the test moves, everything else real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.link import codec
from logix_agent.link.supervision import kept_running
from logix_common import reasons
from logix_common.errors import InvalidInput

from tests.agent.link.conftest import Rig, finding
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway, until


@pytest.fixture
async def clocked(tmp_path: Path, gateway: FakeGateway) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path, gateway, clock=FakeClock())  # type: ignore[arg-type]
    await rig.reports.open()
    await rig.enrol()
    yield rig
    await rig.close()


async def moving(rig: Rig, condition: Callable[[], Any], step: float = 1.0) -> None:
    """Move the clock until `condition` comes true, giving the sockets their time between."""
    async with asyncio.timeout(60):
        while not condition():
            await rig.clock.advance(step)  # type: ignore[attr-defined]
            await asyncio.sleep(0.002)


async def test_no_acknowledgement_within_a_minute_is_a_lost_link(clocked: Rig, gateway: FakeGateway) -> None:
    gateway.acknowledge = False
    await clocked.reports.put([finding()])
    link = clocked.link()
    clocked.run(link)
    await until(lambda: gateway.entries)
    began = clocked.clock.monotonic()
    await moving(clocked, lambda: len(gateway.connections) == 2)
    assert "no acknowledgement" in link.status.last_error or link.status.connected
    assert 59 <= clocked.clock.monotonic() - began <= 75


async def test_a_server_that_answers_no_heartbeat_is_a_lost_link(clocked: Rig, gateway: FakeGateway) -> None:
    gateway.mute = True
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.connected)
    await moving(clocked, lambda: not link.status.connected)
    assert link.status.last_error == "the server is silent"
    assert len(gateway.connections[0].bodies("heartbeat")) >= 3


async def test_an_idle_stream_stays_for_hours(clocked: Rig, gateway: FakeGateway) -> None:
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.connected)
    (connection,) = gateway.connections
    began = clocked.clock.monotonic()
    await moving(clocked, lambda: len(connection.bodies("heartbeat")) >= 100, step=5)
    assert clocked.clock.monotonic() - began >= 100 * 30
    assert link.status.connected
    assert len(gateway.connections) == 1


async def test_the_server_may_say_when_to_come_back(clocked: Rig, gateway: FakeGateway) -> None:
    gateway.refuse = lambda _connection: (reasons.SERVER_BUSY, "120")
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.reason == reasons.SERVER_BUSY)
    await until(lambda: link.status.next_try_us)
    gateway.refuse = lambda _connection: None
    began = clocked.clock.monotonic()
    await moving(clocked, lambda: link.status.connected)
    assert clocked.clock.monotonic() - began >= 120


async def test_renewal_comes_when_the_servers_clock_says_so(clocked: Rig, gateway: FakeGateway) -> None:
    """Half an hour by the server's clock; the device's own clock jumps years and changes nothing."""
    import time
    from datetime import UTC, datetime

    gateway.welcome["renew_at_us"] = time.time_ns() // 1000 + 1800 * 1_000_000
    gateway.welcome["heartbeat_seconds"] = 3600
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.connected)
    began = clocked.clock.monotonic()
    clocked.clock.jump(datetime(2001, 1, 1, tzinfo=UTC))  # type: ignore[attr-defined]
    await moving(clocked, lambda: clocked.clock.monotonic() - began >= 1780, step=10)
    assert not gateway.connections[0].bodies("renewal")
    await clocked.clock.advance(30)  # type: ignore[attr-defined]
    # The certificate's work is a real process: from here on the clock stands still for it.
    await until(lambda: link.status.renewals == 1)
    assert gateway.connections[0].bodies("renewal")


async def test_a_task_that_crashes_or_ends_is_started_again() -> None:
    clock = FakeClock()
    starts = 0

    async def ends() -> None:
        nonlocal starts
        starts += 1
        if starts % 2:
            raise RuntimeError("broken")

    task = asyncio.ensure_future(kept_running("test", ends, clock))
    await until(lambda: clock.sleeping)
    for _ in range(2000):
        await clock.advance(1)
    assert 4 <= starts <= 40
    assert not task.done()
    task.cancel()


@given(st.binary(max_size=300))
def test_whatever_the_server_says_is_a_fact_or_refused(data: bytes) -> None:
    try:
        facts = codec.server_message(data)
    except InvalidInput as error:
        assert str(error)
    else:
        assert isinstance(facts, codec.ServerFacts)
