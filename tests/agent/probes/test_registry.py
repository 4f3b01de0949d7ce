"""One probe that hangs or crashes does not stop the others."""

from __future__ import annotations

import asyncio
import threading

from logix_agent.probes.readings import CannotTell
from logix_agent.probes.registry import InThread, Probe, Threads

from tests.fakes.clock import FakeClock
from tests.until import until


async def test_a_hanging_probe_is_cut_off() -> None:
    async def hang() -> str:
        await asyncio.Event().wait()
        return "never"

    result, fresh = await Probe("slow", hang, FakeClock(), time_limit=0.01).run()
    assert isinstance(result, CannotTell)
    assert "no answer within 0.01 s" in result.reason
    assert fresh


async def test_a_crashing_probe_cannot_tell() -> None:
    async def crash() -> str:
        raise ZeroDivisionError

    result, _ = await Probe("broken", crash, FakeClock(), time_limit=1).run()
    assert result == CannotTell("broken: failed (ZeroDivisionError)")


async def test_a_thread_that_is_stuck_is_not_started_again() -> None:
    release, started = threading.Event(), []

    def read() -> str:
        started.append(1)
        release.wait(250)
        return "at last"

    threads = Threads(2, "test")
    probe: Probe[str] = Probe("disk", InThread("disk", read, threads), FakeClock(), time_limit=0.02)
    first, _ = await probe.run()
    second, _ = await probe.run()
    assert isinstance(first, CannotTell)
    assert second == CannotTell("disk: still busy since an earlier reading")
    await until(lambda: started)
    assert started == [1]
    release.set()
    async with asyncio.timeout(100):
        while (result := (await probe.run())[0]) != "at last":  # noqa: ASYNC110 (the probe offers no event)
            await asyncio.sleep(0)  # until the thread's answer has reached the loop
    assert result == "at last"


async def test_a_reading_is_kept_for_its_interval() -> None:
    clock, asked = FakeClock(), []

    async def read() -> int:
        asked.append(1)
        return len(asked)

    probe: Probe[int] = Probe("disks", read, clock, time_limit=1, interval=300)
    assert await probe.run() == (1, True)
    assert await probe.run() == (1, False)
    assert await probe.run(anew=True) == (2, True)
    clock.move(301)
    assert await probe.run() == (3, True)
    assert probe.last is not None
    assert probe.last.result == 3
