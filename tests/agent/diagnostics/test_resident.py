"""Made once, sent until the server has it: refusals, breaks, restarts, a disk that takes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from logix_agent.config import AgentConfig
from logix_agent.diagnostics.child import NoBundle
from logix_agent.diagnostics.facts import Asked, Bundle
from logix_agent.diagnostics.resident import FOLDER, MOST_A_DAY, Diagnostics
from logix_common import reasons
from logix_common.errors import LogixError, Refused

from tests.fakes.bulk import FakeBulk, running_bulk
from tests.until import until

ORDER = bytes(range(16))
ASKED = Asked("LGX-2026-000001", ("disk.pending-sectors",), ("disk:S1",))


class Swift:
    """A clock of the port `Clock` whose waits are over at once and are counted; deadlines are far away."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._loop = asyncio.get_running_loop()

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        if seconds >= 29 and len(self.waits) < 100 and seconds in (30.0, 120.0, 240.0):
            await asyncio.sleep(seconds)  # a deadline, not a wait
        self.waits.append(seconds)
        await asyncio.sleep(0)


class Maker:
    """Makes bundles of random content, or fails as told."""

    def __init__(self) -> None:
        self.made: list[Path] = []
        self.failures: list[Exception] = []
        self.contents: list[bytes] = []
        self.lies = 0
        self.at_once = self.most_at_once = 0

    async def __call__(self, _config: AgentConfig, _clock: Any, asked: Asked, path: Path) -> Bundle:
        assert asked == ASKED
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.made.append(path)
        if self.failures:
            raise self.failures.pop(0)
        content = os.urandom(300_000)
        self.contents.append(content)
        await asyncio.to_thread(path.write_bytes, content)
        digest = hashlib.sha256(b"lie" if self.lies else content).hexdigest()
        self.lies = max(0, self.lies - 1)
        return Bundle(len(content), digest)


@pytest.fixture
async def bulk() -> AsyncIterator[FakeBulk]:
    async with running_bulk() as running:
        yield running


def resident(folder: Path, bulk: FakeBulk, make: Any, clock: Swift | None = None) -> Diagnostics:
    return Diagnostics(AgentConfig(state_dir=folder), clock or Swift(), bulk.channel, make)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / FOLDER).iterdir() if not path.name.startswith("."))


async def test_a_bundle_is_made_sent_and_forgotten(tmp_path: Path, bulk: FakeBulk) -> None:
    make = Maker()
    assert await resident(tmp_path, bulk, make).deliver(ORDER, ASKED) == "300000 bytes"
    assert bulk.stored[ORDER] == make.contents[0]
    assert left(tmp_path) == []
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


async def test_a_server_that_orders_without_end_gets_so_many_a_day(tmp_path: Path, bulk: FakeBulk) -> None:
    make = Maker()
    diagnostics = resident(tmp_path, bulk, make)
    for number in range(MOST_A_DAY):
        await diagnostics.deliver(bytes([number]) * 16, ASKED)
    with pytest.raises(LogixError, match="within a day"):
        await diagnostics.deliver(b"z" * 16, ASKED)
    assert len(make.made) == MOST_A_DAY


async def test_a_call_that_breaks_goes_on_where_it_ended(tmp_path: Path, bulk: FakeBulk) -> None:
    make, bulk.break_at = Maker(), [65_536, 131_072]
    await resident(tmp_path, bulk, make).deliver(ORDER, ASKED)
    assert bulk.offsets == [0, 65_536, 131_072]
    assert len(make.made) == 1
    assert bulk.stored[ORDER] == make.contents[0]


async def test_a_restart_sends_what_was_made_before(tmp_path: Path, bulk: FakeBulk) -> None:
    first = Maker()
    bulk.refusals = [Refused(reasons.STORE_UNAVAILABLE)] * 1_000
    delivery = asyncio.ensure_future(resident(tmp_path, bulk, first).deliver(ORDER, ASKED))
    await until(lambda: bulk.calls >= 2)
    delivery.cancel()  # the agent ends
    await asyncio.gather(delivery, return_exceptions=True)
    assert left(tmp_path) == [f"{ORDER.hex()}.bundle", f"{ORDER.hex()}.json"]
    bulk.refusals, second = [], Maker()
    await resident(tmp_path, bulk, second).deliver(ORDER, ASKED)
    assert second.made == []
    assert bulk.stored[ORDER] == first.contents[0]


async def test_half_a_bundle_of_an_earlier_life_is_made_anew(tmp_path: Path, bulk: FakeBulk) -> None:
    make = Maker()
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / f"{ORDER.hex()}.bundle").write_bytes(b"half")
    (tmp_path / FOLDER / f"{ORDER.hex()}.json").write_text('{"size": 9, "sha256": "00"}')
    await resident(tmp_path, bulk, make).deliver(ORDER, ASKED)
    assert bulk.stored[ORDER] == make.contents[0]


async def test_what_the_server_has_already_is_not_sent_again(tmp_path: Path, bulk: FakeBulk) -> None:
    bulk.stored[ORDER] = b"what an earlier life has sent"
    await resident(tmp_path, bulk, Maker()).deliver(ORDER, ASKED)
    assert bulk.stored[ORDER] == b"what an earlier life has sent"
    assert bulk.offsets == []


async def test_waits_grow_and_are_as_long_as_the_server_says(tmp_path: Path, bulk: FakeBulk) -> None:
    bulk.refusals = [Refused(reasons.SERVER_BUSY)] * 3 + [Refused(reasons.RATE_LIMITED, "", 7_000.0)]
    clock = Swift()
    await resident(tmp_path, bulk, Maker(), clock).deliver(ORDER, ASKED)
    assert clock.waits == [4.0, 8.0, 16.0, 7_000.0]


async def test_a_device_that_is_refused_for_good_asks_rarely(tmp_path: Path, bulk: FakeBulk) -> None:
    bulk.refusals = [Refused(reasons.CERTIFICATE_REVOKED)]
    clock = Swift()
    await resident(tmp_path, bulk, Maker(), clock).deliver(ORDER, ASKED)
    assert clock.waits == [3_600.0]


async def test_an_order_that_is_over_is_given_up(tmp_path: Path, bulk: FakeBulk) -> None:
    bulk.refusals = [Refused(reasons.UPLOAD_UNKNOWN, "no order waits")]
    with pytest.raises(Refused, match=reasons.UPLOAD_UNKNOWN):
        await resident(tmp_path, bulk, Maker()).deliver(ORDER, ASKED)
    assert left(tmp_path) == []


async def test_content_that_is_not_as_announced_is_made_anew(tmp_path: Path, bulk: FakeBulk) -> None:
    make = Maker()
    make.lies = 1
    await resident(tmp_path, bulk, make).deliver(ORDER, ASKED)
    assert bulk.stored[ORDER] == make.contents[1]


async def test_a_server_that_refuses_every_bundle_is_not_pressed_for_ever(
    tmp_path: Path, bulk: FakeBulk
) -> None:
    bulk.refusals = [Refused(reasons.UPLOAD_REFUSED, "too large")] * 10
    with pytest.raises(Refused, match=reasons.UPLOAD_REFUSED):
        await resident(tmp_path, bulk, Maker()).deliver(ORDER, ASKED)
    assert bulk.calls == 3


async def test_where_the_disk_takes_nothing_it_is_made_in_memory(tmp_path: Path, bulk: FakeBulk) -> None:
    (tmp_path / FOLDER).write_text("no folder can be made here")
    make = Maker()
    await resident(tmp_path, bulk, make).deliver(ORDER, ASKED)
    assert not make.made[0].is_relative_to(tmp_path)
    assert bulk.stored[ORDER] == make.contents[0]
    assert list(make.made[0].parent.iterdir()) == []
    make.made[0].parent.rmdir()


async def test_where_none_comes_about_on_disk_memory_is_tried(tmp_path: Path, bulk: FakeBulk) -> None:
    make = Maker()
    make.failures = [NoBundle("No space left on device")]
    await resident(tmp_path, bulk, make).deliver(ORDER, ASKED)
    assert make.made[0].is_relative_to(tmp_path)
    assert not make.made[1].is_relative_to(tmp_path)
    make.made[1].parent.rmdir()


async def test_where_none_comes_about_at_all_the_server_is_told_why(tmp_path: Path, bulk: FakeBulk) -> None:
    make = Maker()
    make.failures = [NoBundle("the work ended with code -9")] * 3
    with pytest.raises(NoBundle, match="code -9"):
        await resident(tmp_path, bulk, make).deliver(ORDER, ASKED)
    make.made[1].parent.rmdir()


async def test_one_machine_is_looked_at_once_at_a_time(tmp_path: Path, bulk: FakeBulk) -> None:
    make = Maker()
    one = resident(tmp_path, bulk, make)
    await asyncio.gather(*(one.deliver(bytes([n]) * 16, ASKED) for n in range(5)))
    assert make.most_at_once == 1
    assert len(bulk.stored) == 5


async def test_old_bundles_make_room(tmp_path: Path, bulk: FakeBulk) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(10):
        (folder / f"{number:032x}.bundle").write_bytes(b"left")
    os.utime(folder / f"{9:032x}.bundle", (0, 0))
    await resident(tmp_path, bulk, Maker()).deliver(ORDER, ASKED)
    assert len(left(tmp_path)) == 6
    assert f"{9:032x}.bundle" not in left(tmp_path)
