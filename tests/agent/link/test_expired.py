"""A certificate that ran out: renewed by proof of its key, whatever the clock says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from logix_agent.link import certificates
from logix_agent.link.identity import IdentityStore
from logix_common import reasons

from tests.agent.link.conftest import Rig, finding
from tests.fakes.gateway import DEVICE_ID, Connection, FakeGateway
from tests.until import until


async def test_an_expired_certificate_is_renewed_by_proof_of_its_key(rig: Rig, gateway: FakeGateway) -> None:
    await rig.expire()
    await rig.reports.put([finding()])
    link = rig.link()
    rig.run(link)
    await until(lambda: gateway.told("finding"))
    assert gateway.expired_renewals == 1
    assert link.status.connected
    await until(lambda: rig.store.candidate() is None)


async def test_of_two_expired_certificates_the_one_in_use_is_renewed(rig: Rig, gateway: FakeGateway) -> None:
    await rig.expire()
    request = await certificates.signing_request("")
    rig.store.keep_pending_key(request.key_pem)
    long_ago = datetime.now(UTC) - timedelta(days=100)
    chain = gateway.authority.device(request.csr_der, DEVICE_ID, valid_from=long_ago).decode()
    rig.store.keep_candidate(chain, 1, 2)
    gateway.not_in_use.add(chain)
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    assert gateway.expired_renewals == 1
    await until(lambda: rig.store.candidate() is None)


async def test_the_server_may_say_that_the_certificate_has_expired(rig: Rig, gateway: FakeGateway) -> None:
    first: list[int] = []

    def refuse(connection: Connection) -> tuple[str, str] | None:
        first.append(connection.certificate_serial)
        return (reasons.CERTIFICATE_EXPIRED, "") if connection.certificate_serial == first[0] else None

    gateway.refuse = refuse
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    assert gateway.expired_renewals == 1


async def test_a_certificate_is_suspected_when_nothing_else_explains_it(
    rig: Rig, gateway: FakeGateway
) -> None:
    """A clock far behind: by its own reckoning the device is within the validity, TLS refuses it."""
    await rig.expire()
    current = rig.store.current()
    assert current is not None
    facts = rig.folder / "identity" / current.generation / "facts.json"
    facts.write_text(json.dumps({"not_before_us": 0, "not_after_us": 2**62}))
    rig.store = IdentityStore(rig.folder / "identity")
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    assert gateway.expired_renewals == 1
    assert link.status.tries > 5


async def test_a_server_that_always_calls_the_certificate_expired_is_not_asked_for_ever(
    rig: Rig, gateway: FakeGateway
) -> None:
    gateway.refuse = lambda _connection: (reasons.CERTIFICATE_EXPIRED, "")
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.tries >= 12, 250)
    assert gateway.expired_renewals == 5
