"""The resident agent, put together: this module alone knows every part.

Nothing here ends the process silently: each task is kept running, and losing the server, the disk or a
probe leaves the others at work.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from logix_common.clock import Clock, SystemClock

from logix_agent.config import AgentConfig
from logix_agent.host.boot import boot_id
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.link.backoff import BackoffPolicy
from logix_agent.link.channel import ChannelSettings
from logix_agent.link.client import Link, LinkParts
from logix_agent.link.connector import LinkSettings
from logix_agent.link.disk_thread import DiskThread, Keeper, keeper
from logix_agent.link.identity import IdentityStore, with_server
from logix_agent.link.order_codec import OrderFacts, OrderKind
from logix_agent.link.orders import Handler, OrderTable
from logix_agent.link.recorder import Intervals, Recorder
from logix_agent.link.reports import Reports
from logix_agent.link.running import STATUS_AT_LEAST, StateLock, write_status
from logix_agent.link.supervision import kept_running
from logix_agent.modules.facts import SignedStatement
from logix_agent.modules.memory import FILE as MODULES_FILE
from logix_agent.modules.resident import Modules
from logix_agent.modules.resident import Parts as ModuleParts
from logix_agent.monitor import Monitor
from logix_agent.monitor_status import differs, told_of
from logix_agent.version import VERSION

if TYPE_CHECKING:
    from logix_agent.diagnostics.resident import Diagnostics

log = logging.getLogger(__name__)

#: How long a stop waits for what still goes out, and for the disk.
_FLUSH_SECONDS: Final = 5.0
#: All that a stop may take: what goes out, the spool and the status, one after the other.
_STOP_SECONDS: Final = 4 * _FLUSH_SECONDS
_STATUS_SECONDS: Final = 2.0
#: Orders for bundles that are taken on at once: one is worked on, and may wait for the server for days.
_BUNDLES: Final = 4
#: Threads for what may block; each costs memory, and what they do is short and rare.
_THREADS: Final = 2


def channel_settings(config: AgentConfig) -> ChannelSettings:
    """The channel's part of the settings."""
    return ChannelSettings(
        config.proxy,
        config.connect_timeout_seconds,
        config.keepalive_seconds,
        config.keepalive_timeout_seconds,
    )


def link_settings(config: AgentConfig, boot: str) -> LinkSettings:
    """The link's part of the settings."""
    return LinkSettings(
        agent_version=VERSION,
        boot_id=boot,
        channel=channel_settings(config),
        heartbeat_seconds=config.heartbeat_seconds,
        backoff=BackoffPolicy(
            first=config.backoff_initial_seconds,
            cap=config.backoff_max_seconds,
            stable=config.stable_after_seconds,
            lost_spread=config.lost_server_spread_seconds,
            final=config.refused_retry_seconds,
        ),
    )


class Agent:
    """All parts of one running agent."""

    def __init__(self, config: AgentConfig, clock: Clock) -> None:
        """Raises `NotEnrolled` when there is no identity to run with."""
        self._boot = boot = boot_id()
        state = config.state_dir
        store = IdentityStore(state / "identity")
        device = with_server(store.device(), config.server, config.gateway_port, config.enrolment_port)
        with contextlib.suppress(OSError):  # read before the loop has anything to hold up
            store.current()
        paths = HostPaths(config.sysroot)
        self._config = config
        self._clock = clock
        self._disk = DiskThread("spool")
        self._device_id = device.device_id
        self._reports = Reports(state / "spool.sqlite3", config.spool_max_bytes, clock, self._disk)
        findings = state / "findings.json"
        self._monitor = Monitor(config, paths, commands_for(paths), clock, findings, boot_id=boot)
        intervals = Intervals(
            config.health_interval_seconds, config.finding_interval_seconds, config.inventory_interval_seconds
        )
        self._recorder = Recorder(self._monitor, self._reports, clock, boot, intervals)
        self._renew_wanted = asyncio.Event()
        self._diagnostics: Diagnostics | None = None
        handlers = {
            OrderKind.REPORT_FULL_STATE: Handler(self._report, repeatable=True),
            OrderKind.RENEW_CERTIFICATE: Handler(self._renew, repeatable=True),
            OrderKind.COLLECT_DIAGNOSTICS: Handler(self._diagnose, repeatable=True, at_once=_BUNDLES),
        }
        keep = keeper(self._disk, clock)
        orders = OrderTable(state / "orders.json", handlers, keep)
        parts = LinkParts(
            store,
            self._reports,
            orders,
            clock,
            self._renew_wanted,
            self._recorder.want_full_state,
            keep,
            modules=self._modules(paths, keep),
        )
        self._link = Link(device, link_settings(config, boot), parts)

    def _modules(self, paths: HostPaths, keep: Keeper) -> Modules:
        parts = ModuleParts(
            paths=paths,
            folder=self._config.modules_dir,
            commands=commands_for(paths),
            file=self._config.state_dir / MODULES_FILE,
            keep=keep,
            clock=self._clock,
            verify=self._check_statement,
        )
        self._stated = Modules(self._device_id, parts, self._tell_modules)
        return self._stated

    async def _check_statement(self, signed: SignedStatement) -> None:
        await self._link.check_statement(signed)

    def _tell_modules(self) -> None:
        self._link.tell_modules()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch and report until `stop` is set, then flush and close."""
        await self._reports.open()
        tasks = {
            name: asyncio.create_task(kept_running(name, start, self._clock), name=name)
            for name, start in self._duties().items()
        }
        try:
            await stop.wait()
            log.info("stopping")
            for name, task in tasks.items():
                if name != "link":
                    task.cancel()
            await self._link.drain(_FLUSH_SECONDS)
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
            await self._reports.close()
            with contextlib.suppress(OSError):
                await self._keep_status(self._status())
            self._disk.stop()

    def _duties(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            "link": self._link.run,
            "findings": self._findings,
            "health": self._recorder.watch_health,
            "inventory": self._recorder.watch_inventory,
            "full state": self._recorder.watch_full_state,
            "modules": self._stated.run,
            "status": self._write_status,
        }

    async def _findings(self) -> None:
        """After the first pass the full state is told: it heals whatever an earlier life left untold."""
        await self._recorder.look()
        await self._recorder.tell_full_state(anew=True)
        await self._recorder.watch_findings()

    async def _report(self, _order: OrderFacts) -> str:
        return await self._recorder.tell_full_state()

    async def _renew(self, _order: OrderFacts) -> str:
        self._renew_wanted.set()
        return "renewal begins"

    async def _diagnose(self, order: OrderFacts) -> str:
        if self._diagnostics is None:
            # Loaded when it is first wanted: most agents go through their lives without.
            from logix_agent.diagnostics.resident import Diagnostics

            self._diagnostics = Diagnostics(self._config, self._clock, self._link.bulk_channel)
        return await self._diagnostics.deliver(order.order_id, order.diagnostics)

    async def _write_status(self) -> None:
        written: dict[str, Any] = {}
        written_at = 0.0
        while True:
            status, now = self._status(), self._clock.monotonic()
            if differs(status, written) or now - written_at >= STATUS_AT_LEAST:
                with contextlib.suppress(OSError):
                    await self._keep_status(status)
                written, written_at = status, now
            await self._clock.sleep(_STATUS_SECONDS)

    async def _keep_status(self, status: dict[str, Any]) -> None:
        write = functools.partial(write_status, self._config.state_dir, status, self._boot, self._clock)
        await self._disk.call_within(self._clock, _FLUSH_SECONDS, write)

    def _status(self) -> dict[str, Any]:
        return {
            "device_id": self._device_id,
            **dataclasses.asdict(self._link.status),
            "spool_bytes": self._reports.bytes,
            "spool_problem": self._reports.problem,
            "in_memory": self._reports.in_memory,
            **told_of(self._monitor),
        }


async def run(config: AgentConfig) -> None:
    """Run the agent until SIGTERM or SIGINT. Raises `NotEnrolled`, `AlreadyRunning`, `OSError`."""
    lock = StateLock(config.state_dir)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "agent"))

    def end() -> None:
        stop.set()
        _end_at_last(_STOP_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        await Agent(config, SystemClock()).run(stop)
    finally:
        lock.release()
        _end_at_last(_FLUSH_SECONDS)


def _end_at_last(seconds: float) -> None:
    """What hangs in the kernel, a probe's thread or the loop itself, must not keep the process for ever."""
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()
