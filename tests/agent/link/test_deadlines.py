"""Silence and slowness: deadlines on a clock that the test moves, everything else real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.link import codec
from logix_agent.link.client import Link
from logix_agent.link.supervision import kept_running
from logix_common import reasons
from logix_common.errors import InvalidInput

from tests.agent.link.conftest import Rig, finding
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.until import until


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def clocked(tmp_path: Path, clock: FakeClock, gateway: FakeGateway) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path, gateway, clock=clock)
    await rig.reports.open()
    await rig.enrol()
    yield rig
    await rig.close()


def at_rest(link: Link, clock: FakeClock, answered: bool) -> bool:
    """Nothing is on its way: what was due is sent, and with `answered` the answer to it was heard."""
    stream = link._stream
    if stream is None:
        return True
    due = stream._spoke + stream._beat
    if stream._under_way is not None:
        due = min(due, stream._under_way.due)
    return clock.wakes_at(due) and (not answered or stream._heard >= stream._spoke)


async def moving(
    link: Link, clock: FakeClock, condition: Callable[[], Any], step: float = 1.0, answered: bool = True
) -> None:
    """Move the clock until `condition` comes true; it stands still while anything is on its way.

    So no deadline passes only because this machine is slow.
    """
    while not condition():
        await until(lambda: condition() or at_rest(link, clock, answered))
        await clock.advance(step)


async def test_no_acknowledgement_within_a_minute_is_a_lost_link(
    clocked: Rig, clock: FakeClock, gateway: FakeGateway
) -> None:
    gateway.acknowledge = False
    await clocked.reports.put([finding()])
    link = clocked.link()
    clocked.run(link)
    await until(lambda: gateway.entries)
    began = clock.monotonic()
    await moving(link, clock, lambda: not link.status.connected)
    assert "no acknowledgement" in link.status.last_error
    assert 59 <= clock.monotonic() - began <= 61
    await moving(link, clock, lambda: link.status.tries == 2)
    assert clock.monotonic() - began <= 75
    await until(lambda: len(gateway.connections) == 2)


async def test_a_server_that_answers_no_heartbeat_is_a_lost_link(
    clocked: Rig, clock: FakeClock, gateway: FakeGateway
) -> None:
    gateway.mute = True
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.connected)
    beats = gateway.connections[0]
    for number in range(1, 4):
        await until(lambda: at_rest(link, clock, answered=False))
        await clock.advance(30)
        await until(lambda number=number: len(beats.bodies("heartbeat")) == number)
    assert link.status.connected
    await moving(link, clock, lambda: not link.status.connected, answered=False)
    assert link.status.last_error == "the server is silent"


async def test_an_idle_stream_stays_for_hours(clocked: Rig, clock: FakeClock, gateway: FakeGateway) -> None:
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.connected)
    (connection,) = gateway.connections
    began = clock.monotonic()
    await moving(link, clock, lambda: len(connection.bodies("heartbeat")) >= 100, step=5)
    assert clock.monotonic() - began >= 100 * 30
    assert link.status.connected
    assert len(gateway.connections) == 1


async def test_the_server_may_say_when_to_come_back(
    clocked: Rig, clock: FakeClock, gateway: FakeGateway
) -> None:
    gateway.refuse = lambda _connection: (reasons.SERVER_BUSY, "120")
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.reason == reasons.SERVER_BUSY)
    await until(lambda: link.status.next_try_us)
    gateway.refuse = lambda _connection: None
    began = clock.monotonic()
    await moving(link, clock, lambda: link.status.tries == 2)
    assert clock.monotonic() - began >= 120
    await until(lambda: link.status.connected)


async def test_renewal_comes_when_the_servers_clock_says_so(
    clocked: Rig, clock: FakeClock, gateway: FakeGateway
) -> None:
    """Half an hour by the server's clock; the device's own clock jumps years and changes nothing."""
    gateway.welcome["server_time_us"] = 1_800_000_000_000_000
    gateway.welcome["renew_at_us"] = 1_800_000_000_000_000 + 1800 * 1_000_000
    gateway.welcome["heartbeat_seconds"] = 3600
    link = clocked.link()
    clocked.run(link)
    await until(lambda: link.status.connected)
    began = clock.monotonic()
    clock.jump(datetime(2001, 1, 1, tzinfo=UTC))
    await moving(link, clock, lambda: clock.monotonic() - began >= 1780, step=10)
    assert not gateway.connections[0].bodies("renewal")
    await clock.advance(30)
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
