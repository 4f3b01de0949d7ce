"""A machine with modules, a vendor with a signing key, and agents that come and go."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from logix_agent.host.paths import HostPaths
from logix_agent.link import statement_work
from logix_agent.modules.facts import Running, SignedStatement, Wanted
from logix_agent.modules.resident import Modules, Parts
from logix_common.errors import LogixError
from logix_common.module_statement import ModuleStatement, encoded, key_id, signed_input

from tests.fakes.clock import FakeClock
from tests.fakes.systemd import FakeSystemd, FakeUnit, Killed

DEVICE = "0123456789abcdef0123456789abcdef"
FOLDER = "/etc/logix/modules.d"
YEAR = 366 * 86_400.0


class Vendor:
    """Who signs."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        public = self.key.public_key()
        self.key_id = key_id(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        self.pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, payload: bytes) -> SignedStatement:
        return SignedStatement(payload, self.key.sign(signed_input(payload)), self.key_id)

    def state(
        self,
        counter: int,
        others: bool | None = None,
        *,
        named: dict[str, bool] | None = None,
        device_id: str = DEVICE,
        last_disabling: int | None = None,
        issued_at: str = "2026-11-22T17:00:00Z",
    ) -> SignedStatement:
        off = others is False or not all((named or {}).values())
        statement = ModuleStatement(
            device_id=device_id,
            counter=counter,
            issued_at=issued_at,
            others=others,
            named=named or {},
            clauses=("UPD-6",),
            reason={"tr": "Sona erdi.", "en": "Ended."},
            last_disabling=counter if off else (last_disabling or 0),
        )
        return self.sign(encoded(statement))


@dataclass
class Appliance:
    """One machine; `start` begins an agent's life on it, `stop` ends it."""

    folder: Path
    vendor: Vendor = field(default_factory=Vendor)
    systemd: FakeSystemd = field(default_factory=FakeSystemd)
    clock: FakeClock = field(default_factory=FakeClock)
    device_id: str = DEVICE
    disk_full: bool = False
    verifications: int = 0
    told: int = 0

    def __post_init__(self) -> None:
        self.modules_d = self.folder / "machine" / FOLDER[1:]
        self.modules_d.mkdir(parents=True)
        self.file = self.folder / "modules.json"
        self.task: asyncio.Task[None] | None = None
        self.modules: Modules | None = None

    def describe(self, name: str, text: str) -> None:
        (self.modules_d / f"{name}.toml").write_text(text)

    def module(self, name: str, security: bool = False, **unit: object) -> FakeUnit:
        """A module with one unit of its own."""
        self.describe(name, f'security = {str(security).lower()}\nunits = ["{name}.service"]\n')
        self.systemd.units[f"{name}.service"] = made = FakeUnit(**unit)
        return made

    async def _keep(self, work: Callable[[], None]) -> None:
        if self.disk_full:
            raise OSError(28, "No space left on device")
        work()

    async def _verify(self, signed: SignedStatement) -> None:
        self.verifications += 1
        statement_work.statement(
            {
                "payload": base64.b64encode(signed.payload).decode(),
                "signature": base64.b64encode(signed.signature).decode(),
                "key_id": signed.key_id,
                "keys_pem": self.vendor.pem,
            }
        )

    def agent(self) -> Modules:
        def changed() -> None:
            self.told += 1

        parts = Parts(
            paths=HostPaths(self.folder / "machine"),
            folder=FOLDER,
            commands=self.systemd,
            file=self.file,
            keep=self._keep,
            clock=self.clock,
            verify=self._verify,
        )
        return Modules(self.device_id, parts, changed)

    async def start(self) -> Modules:
        """An agent that has done what it does at its start; a kill in it ends it."""
        modules = self.modules = self.agent()
        self.task = asyncio.ensure_future(modules.run())
        await self.settled()
        return modules

    async def settled(self) -> None:
        """Return when the agent has nothing under way, or has been killed."""
        assert self.task is not None
        assert self.modules is not None
        resting = asyncio.ensure_future(self.modules.resting.wait())
        await asyncio.wait((self.task, resting), return_when=asyncio.FIRST_COMPLETED)
        resting.cancel()
        if self.task.done():
            with contextlib.suppress(Killed):
                self.task.result()

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Killed, LogixError):
                await self.task
            self.task = None

    async def take(self, modules: Modules, signed: SignedStatement) -> None:
        """Hand a statement over and wait until it was carried out."""
        await modules.take(signed)
        await self.settled()

    def active(self, name: str) -> bool:
        unit = self.systemd.units[f"{name}.service"]
        return unit.active and unit.enabled


@pytest.fixture
async def appliance(tmp_path: Path):
    made = Appliance(tmp_path)
    yield made
    await made.stop()


@pytest.fixture
def three(appliance: Appliance) -> Appliance:
    """Two modules and the firewall."""
    appliance.module("firewall", security=True)
    appliance.module("webfilter")
    appliance.module("reports")
    return appliance


def states(modules: Modules) -> dict[str, tuple[Wanted, Running, str]]:
    report = modules.report()
    return {each.name: (each.wanted, each.running, each.problem) for each in report.modules} if report else {}


def unchanged(appliance: Appliance) -> bool:
    return not appliance.systemd.acts and all(map(appliance.active, ("firewall", "webfilter", "reports")))
