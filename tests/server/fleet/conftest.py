"""A fleet with an authority, a customer and units that enrol as devices do."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from logix_common.clock import to_microseconds

from tests.server.pki.keys import csr, new_key

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def certificate_serial(issued) -> str:
    from logix_server.config import current
    from logix_server.pki.profiles import read_device_certificate

    return read_device_certificate(issued.chain_pem, current().trust_domain).certificate_serial


@dataclass
class Fleet:
    """Makes units, tokens, certificates and streams; time stands at `now` until `move`."""

    now: datetime = NOW
    keys: dict = field(default_factory=dict)

    def move(self, **duration) -> None:
        self.now += timedelta(**duration)

    def unit(self, serial: str = "LGX1"):
        from logix_server.accounts.models import Organisation
        from logix_server.fleet import actions

        customer, _ = Organisation.objects.get_or_create(
            name="Acme", defaults={"kind": "customer", "created_at": self.now}
        )
        place, _ = actions.open_installation(customer, serial, "operator:test", self.now)
        return actions.register_unit(serial, "LX-500", place, "operator:test", self.now)

    def token(self, unit, **options) -> str:
        from logix_server.fleet import actions

        return actions.create_token(unit, "operator:test", self.now, **options).token

    def enrol(self, token: str, serial: str = "LGX1", key=None):
        from logix_server.fleet import actions

        return actions.enrol(token, serial, csr(key or new_key()), "1.0", self.now)

    def enrolled(self, serial: str = "LGX1"):
        """(unit, certificate serial) of a unit that has enrolled and not yet connected."""
        unit, key = self.unit(serial), new_key()
        issued = self.enrol(self.token(unit), serial, key)
        unit.refresh_from_db()
        self.keys[certificate_serial(issued)] = (key, issued)
        return unit, certificate_serial(issued)

    def renewed(self, unit, serial_number: str) -> str:
        from logix_server.fleet import actions

        issued = actions.renew(unit.device_id, serial_number, csr(new_key()), self.now)
        return certificate_serial(issued)

    def opened(self, unit, serial_number: str, **changes):
        from logix_server.fleet.facts import StreamOpened

        facts = {
            "device_id": unit.device_id,
            "certificate_serial": serial_number,
            "gateway_id": "gateway-1",
            "stream_id": uuid.uuid4().hex,
            "boot_id": "boot",
            "agent_version": "1.0",
            "capabilities": ("orders",),
            "protocol": 1,
            "trust_version": 1,
            "spool_id": "a" * 32,
            "memory_spool_id": "b" * 32,
            "last_acknowledged": 0,
            "device_us": to_microseconds(self.now) + 5_000_000,
            "boottime_us": 1,
            "received_at": self.now,
        }
        return StreamOpened(**(facts | changes))

    def connect(self, unit, serial_number: str, **changes):
        """(stream, admission) of one stream."""
        from logix_server.fleet import actions

        stream = self.opened(unit, serial_number, **changes)
        return stream, actions.admit([stream], self.now)[0]


@pytest.fixture
def fleet(db) -> Fleet:
    from logix_server.config import current
    from logix_server.pki.actions import start_authority

    shutil.rmtree(current().pki, ignore_errors=True)
    start_authority(NOW)
    return Fleet()
