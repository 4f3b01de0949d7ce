"""A gateway on free loopback ports with a real CA, and devices that may speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from django.db import connections
from logix_common.clock import SystemClock
from logix_server.config import current
from prometheus_client import CollectorRegistry

from tests import environment
from tests.fakes.device import FakeDevice, Identity, key_pem, new_key

#: What only one of the databases can do is tried on that one alone.
_OTHERS = {"sqlite": "test_postgres_failures.py", "postgres": "test_sqlite_failures.py"}
collect_ignore = [_OTHERS[environment.DATABASE]]

ResultT = TypeVar("ResultT")


async def in_database(function: Callable[[], ResultT]) -> ResultT:
    """Run `function` beside the loop and leave no connection behind."""

    def call() -> ResultT:
        try:
            return function()
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


@dataclass
class World:
    """A database with a CA, a customer and as many units as asked for."""

    roots_pem: bytes
    customer: Any

    def unit(self, serial: str) -> Any:
        """A registered unit."""
        from logix_server.fleet.actions import open_installation, register_unit

        now = datetime.now(UTC)
        installation, _ = open_installation(self.customer, f"at {serial}", "operator:test", now)
        return register_unit(serial, "LGX-1", installation, "operator:test", now)

    def token(self, unit: Any) -> str:
        from logix_server.fleet.actions import create_token

        return create_token(unit, "operator:test", datetime.now(UTC)).token

    def identity(self, serial: str) -> Identity:
        """A unit that has enrolled."""
        from logix_server.fleet.actions import enrol

        from tests.fakes.device import csr_der

        key = new_key()
        issued = enrol(self.token(self.unit(serial)), serial, csr_der(key), "test", datetime.now(UTC))
        return Identity(issued.device_id, key, issued.chain_pem, issued.trust.ca_pem)


@pytest.fixture
def world(transactional_db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    from logix_server.accounts.models import Organisation
    from logix_server.pki import actions, queries

    now = datetime.now(UTC)
    actions.start_authority(now)
    customer = Organisation.objects.create(kind="customer", name="Acme", created_at=now)
    return World(queries.trust_bundle()[1], customer)


@asynccontextmanager
async def running_gateway(clock: Any = None, limits: Any = None, **settings: Any) -> AsyncIterator[Any]:
    """A gateway on free ports, ended with the block."""
    from logix_server.effects.dispatch import run_pending
    from logix_server.link.gateway import Gateway
    from logix_server.link.metrics import GatewayMetrics
    from logix_server.link.storing import DatabaseStore

    ports = {"gateway_port": 0, "enrolment_port": 0}
    config = replace(current(), **(ports | settings))
    store = DatabaseStore(run_pending)
    metrics = GatewayMetrics(CollectorRegistry())
    gateway: Any = Gateway(config, clock or SystemClock(), store, metrics, limits=limits)
    gateway.metrics_of = lambda name: metrics.registry.get_sample_value(name) or 0.0
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[Any]:
    async with running_gateway() as running:
        yield running


__all__ = ["FakeDevice", "World", "in_database", "key_pem", "running_gateway"]
