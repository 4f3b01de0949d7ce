"""A gateway and an enrolled device for each test."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from logix_agent.link import certificates
from logix_agent.link.backoff import BackoffPolicy
from logix_agent.link.channel import ChannelSettings
from logix_agent.link.client import Link, LinkParts
from logix_agent.link.connector import LinkSettings
from logix_agent.link.disk_thread import DiskThread, Keeper, keeper
from logix_agent.link.enrolment import EnrolmentCall, enrol
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import parse_bundle
from logix_agent.link.order_codec import OrderFacts, OrderKind
from logix_agent.link.orders import Handler, OrderTable
from logix_agent.link.reports import Reports
from logix_agent.link.spool_facts import Kind, NewEntry
from logix_common.clock import SystemClock
from logix_common.wire.v1 import link_pb2

from tests.fakes.gateway import FakeGateway

BOOT = "11111111-2222-4333-8444-555555555555"
QUICK = BackoffPolicy(first=0.05, cap=0.2, stable=60, lost_spread=0.05, final=0.3)


def health(value: float = 1.0) -> NewEntry:
    entry = link_pb2.Entry(
        boot_id=BOOT, boottime_us=1, health=link_pb2.HealthReport(metric=[1], value=[value])
    )
    return NewEntry(Kind.HEALTH, entry.SerializeToString())


def finding(finding_id: bytes = b"f" * 16, part: str = "disk:A") -> NewEntry:
    told = link_pb2.Finding(
        finding_id=finding_id, event=1, component="disk", part=part, code="disk.smart-failed"
    )
    entry = link_pb2.Entry(boot_id=BOOT, boottime_us=1, finding=told)
    return NewEntry(Kind.FINDING, entry.SerializeToString(), finding_id)


@dataclass
class Rig:
    """One agent's link, with everything real but the machine."""

    folder: Path
    gateway: FakeGateway
    clock: SystemClock = field(default_factory=SystemClock)
    proxy: str = ""
    keep_seconds: float = 60.0  # a disk that is only slow is not at fault
    full_states: int = 0
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = IdentityStore(self.folder / "identity")
        self.reports = Reports(self.folder / "spool.sqlite3", 1 << 20, self.clock, DiskThread("spool"))
        self.renew_wanted = asyncio.Event()
        self.keep: Keeper = keeper(DiskThread("identity"), self.clock, self.keep_seconds)
        self.keep_orders = self.keep
        self.tasks: list[asyncio.Task[None]] = []

    @property
    def channel(self) -> ChannelSettings:
        return ChannelSettings(connect_seconds=60, proxy=self.proxy)

    @property
    def call(self) -> EnrolmentCall:
        return EnrolmentCall(self.clock, self.channel)

    async def enrol(self) -> None:
        import json

        bundle = parse_bundle(json.dumps(self.gateway.bundle()).encode(), "bundle")
        await enrol(self.store, bundle, self.call, serial="LX1", agent_version="1")

    async def expire(self, days: int = 1) -> None:
        """Replace the device's certificate by one that ended `days` ago."""
        from datetime import UTC, datetime, timedelta

        request = await certificates.signing_request("")
        self.store.keep_pending_key(request.key_pem)
        start = datetime.now(UTC) - timedelta(days=days + 90)
        device = self.store.device()
        chain = self.gateway.authority.device(request.csr_der, device.device_id, valid_from=start).decode()
        told = await certificates.accept(
            request.key_pem, chain, self.store.trust().ca_pem, device.trust_domain
        )
        self.store.keep_candidate(chain, told.not_before_us, told.not_after_us)
        self.store.promote_candidate()

    def link(self, **changes: object) -> Link:
        async def full(_order: OrderFacts) -> str:
            self.done.append("full state")
            return "told"

        async def renew(_order: OrderFacts) -> str:
            self.renew_wanted.set()
            return "begun"

        handlers = {
            OrderKind.REPORT_FULL_STATE: Handler(full, True),
            OrderKind.RENEW_CERTIFICATE: Handler(renew, True),
        }
        orders = OrderTable(self.folder / "orders.json", handlers, self.keep_orders)
        parts = LinkParts(
            self.store,
            self.reports,
            orders,
            self.clock,
            self.renew_wanted,
            self._full,
            self.keep,
            random.Random(1),
        )
        settings = LinkSettings(
            "1",
            BOOT,
            channel=self.channel,
            backoff=QUICK,
            renewal_backoff=QUICK,
        )
        return Link(self.store.device(), settings, parts)

    def run(self, link: Link) -> asyncio.Task[None]:
        task = asyncio.ensure_future(link.run())
        self.tasks.append(task)
        return task

    def _full(self) -> None:
        self.full_states += 1

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await self.reports.close()


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    fake = FakeGateway()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def rig(tmp_path: Path, gateway: FakeGateway) -> AsyncIterator[Rig]:
    made = Rig(tmp_path, gateway)
    await made.reports.open()
    await made.enrol()
    yield made
    await made.close()


@pytest.fixture
def make_rig(tmp_path: Path) -> Callable[[FakeGateway], Rig]:
    return lambda gateway: Rig(tmp_path, gateway)
