"""A disk that lies, refuses or hangs under the identity: nothing is destroyed, nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from logix_agent.host.durable_files import write_atomically
from logix_agent.link.disk_thread import DiskThread, Keeper, keeper
from logix_agent.link.identity import IdentityStore
from logix_agent.link.order_codec import OrderFacts, OrderKind
from logix_agent.link.orders import Handler, OrderTable
from logix_common.clock import SystemClock
from logix_common.wire.v1 import link_pb2

from tests.agent.link.conftest import Rig, finding
from tests.fakes.gateway import FakeGateway, order
from tests.until import until


def unreadable(path: Path) -> Path:
    """Make every read of `path` fail while it may still be replaced; where its content went."""
    kept = path.with_name(f"{path.name}.kept")
    path.rename(kept)
    path.symlink_to(path.name)  # a link to itself: ELOOP
    return kept


async def test_a_pointer_that_cannot_be_read_is_not_overwritten(rig: Rig) -> None:
    pointer = rig.folder / "identity" / "identity.json"
    before = rig.store.current()
    kept = unreadable(pointer)
    restarted = IdentityStore(rig.folder / "identity")
    with pytest.raises(OSError):
        restarted.keep_pending_key("KEY")
    pointer.unlink()
    kept.rename(pointer)
    assert restarted.current() == before


async def test_a_candidate_that_cannot_be_read_is_not_passed_over(rig: Rig) -> None:
    """With the old certificate shown instead, the server would see a clone."""
    rig.store.keep_pending_key("KEY")
    rig.store.keep_candidate("CHAIN", 1, 2)
    candidate = rig.store.candidate()
    assert candidate is not None
    unreadable(rig.folder / "identity" / candidate.generation / "key.pem")
    restarted = IdentityStore(rig.folder / "identity")
    assert restarted.device() == rig.store.device()
    with pytest.raises(OSError):
        restarted.candidate()


async def test_an_identity_that_was_read_outlives_its_disk(rig: Rig, gateway: FakeGateway) -> None:
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    await until(lambda: not link._errands)  # the server's time is kept
    for file in [*(rig.folder / "identity").rglob("*.*"), rig.folder / "identity" / "server-time"]:
        unreadable(file)
    port = gateway.ports[0]
    await gateway.stop()
    await until(lambda: not link.status.connected)
    await gateway.start(port)
    await until(lambda: link.status.connected)


async def test_promoting_twice_keeps_the_identity(rig: Rig) -> None:
    before = rig.store.current()
    rig.store.promote_candidate()
    assert rig.store.current() == before


class Hanging:
    """Writes files until told to hang, as a disk in uninterruptible sleep does."""

    def __init__(self) -> None:
        self.hangs = ""
        self.let_go = threading.Event()
        self.hung = threading.Event()

    def __call__(self, path: Path, content: bytes, mode: int) -> None:
        if self.hangs and self.hangs in path.name:
            self.hung.set()
            self.let_go.wait(250)
        write_atomically(path, content, mode)


def slow(keep: Keeper, disk: Hanging) -> Keeper:
    """`keep` on a disk that hangs before each write."""

    def late(work: Callable[[], None]) -> None:
        disk.hung.set()
        disk.let_go.wait(250)
        work()

    return lambda work: keep(lambda: late(work))


def impatient(rig: Rig) -> None:
    """Let the link give up a disk that hangs after half a second."""
    rig.keep = rig.keep_orders = keeper(DiskThread("identity"), rig.clock, 0.5)


@pytest.fixture
def disk() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.let_go.set()


@pytest.mark.parametrize("file", ["server-time", "identity.json"])
async def test_an_identity_on_a_disk_that_hangs_holds_up_no_finding(
    rig: Rig, gateway: FakeGateway, disk: Hanging, file: str
) -> None:
    impatient(rig)
    rig.store = IdentityStore(rig.folder / "identity", disk)
    if file == "identity.json":  # the disk hangs when the candidate is made current
        current = rig.store.current()
        assert current is not None
        rig.store.keep_pending_key(current.key_pem)
        rig.store.keep_candidate(current.chain_pem, current.not_before_us, current.not_after_us)
    disk.hangs = file
    rig.run(rig.link())
    await until(disk.hung.is_set)
    await rig.reports.put([finding()])
    await until(lambda: gateway.told("finding"))
    assert not disk.let_go.is_set()


async def test_an_order_on_a_disk_that_hangs_holds_up_no_finding(
    rig: Rig, gateway: FakeGateway, disk: Hanging
) -> None:
    impatient(rig)
    rig.keep_orders = slow(rig.keep, disk)
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    connection.say(order("report_full_state"))
    await until(disk.hung.is_set)
    await rig.reports.put([finding()])
    await until(lambda: gateway.told("finding"))
    await until(lambda: connection.bodies("order_result"))  # obeyed all the same
    assert connection.bodies("order_result")[0].outcome == link_pb2.ORDER_OUTCOME_DONE


async def test_an_order_is_obeyed_once_while_the_disk_hangs(tmp_path: Path, disk: Hanging) -> None:
    done: list[str] = []

    async def run(_order: OrderFacts) -> str:
        done.append("done")
        return ""

    keep = slow(keeper(DiskThread("orders"), SystemClock(), 0.2), disk)
    table = OrderTable(tmp_path / "orders.json", {OrderKind.REPORT_FULL_STATE: Handler(run, True)}, keep)
    told = OrderFacts(b"o" * 16, OrderKind.REPORT_FULL_STATE)
    first, second = await asyncio.gather(table.obey(told), table.obey(told))
    assert first is not None
    assert second is None
    assert done == ["done"]
