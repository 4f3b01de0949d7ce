"""Renewal over a standing stream: two phases, and the instants at which a crash may fall."""

from __future__ import annotations

import subprocess
import sys

from logix_agent.link import certificates
from logix_agent.link.renewal import Pace
from logix_common import reasons

from tests.agent.link.conftest import Rig, finding
from tests.fakes.authority import Authority
from tests.fakes.gateway import DEVICE_ID, Connection, FakeGateway, order
from tests.until import until


async def test_renewal_connects_with_the_candidate_before_dropping_the_old_stream(
    rig: Rig, gateway: FakeGateway
) -> None:
    old = rig.store.current()
    link = rig.link()
    rig.run(link)
    (first,) = await until(lambda: gateway.live)
    first.say(order("renew_certificate"))
    await until(lambda: len(gateway.connections) == 2)
    await until(lambda: first.closed)
    second = gateway.connections[1]
    assert second.certificate_serial != first.certificate_serial
    await until(lambda: rig.store.candidate() is None)
    assert rig.store.current() != old
    await rig.reports.put([finding()])
    await until(lambda: second.bodies("batch"))
    assert link.status.connected
    assert len(list((rig.folder / "identity").glob("*/key.pem"))) == 1
    assert gateway.repeated == 0


async def test_renewal_comes_due_by_the_servers_clock(rig: Rig, gateway: FakeGateway) -> None:
    gateway.welcome["renew_at_us"] = 1_000_000
    rig.run(rig.link())
    await until(lambda: gateway.live)
    gateway.welcome.pop("renew_at_us")
    await until(lambda: len(gateway.connections) >= 2)
    assert gateway.connections[0].bodies("renewal")
    assert gateway.connections[1].certificate_serial != gateway.connections[0].certificate_serial


async def test_reports_go_on_when_the_server_refuses_a_certificate(rig: Rig, gateway: FakeGateway) -> None:
    gateway.refuse_renewal = "rate-limited"
    old = rig.store.current()
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    connection.say(order("renew_certificate"))
    await until(lambda: connection.bodies("renewal"))
    await rig.reports.put([finding()])
    await until(lambda: gateway.entries)
    gateway.refuse_renewal = ""
    await until(lambda: len(gateway.connections) == 2)
    await until(lambda: rig.store.candidate() is None)
    assert rig.store.current() != old


async def test_a_certificate_for_another_device_is_not_taken(rig: Rig, gateway: FakeGateway) -> None:
    gateway.issue_to = "f" * 32
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    connection.say(order("renew_certificate"))
    await until(lambda: len(connection.bodies("renewal")) >= 2)  # the first was judged, and not taken
    assert rig.store.candidate() is None
    assert len(gateway.connections) == 1


async def _candidate(rig: Rig, authority: Authority) -> None:
    request = await certificates.signing_request("")
    rig.store.keep_pending_key(request.key_pem)
    chain = authority.device(request.csr_der, DEVICE_ID).decode()
    rig.store.keep_candidate(chain, 1, 2**62)


async def test_after_a_crash_the_candidate_is_tried_first(rig: Rig, gateway: FakeGateway) -> None:
    await _candidate(rig, gateway.authority)
    candidate = rig.store.candidate()
    rig.run(rig.link())
    await until(lambda: gateway.live)
    await until(lambda: rig.store.candidate() is None)
    assert candidate is not None
    assert rig.store.current() is not None
    assert rig.store.current().chain_pem == candidate.chain_pem
    assert len(gateway.connections) == 1


async def test_a_candidate_that_tls_refuses_gives_way_to_the_current_one(
    rig: Rig, gateway: FakeGateway
) -> None:
    current = rig.store.current()
    await _candidate(rig, Authority("stranger"))
    rig.run(rig.link())
    await until(lambda: gateway.live)
    assert rig.store.current() == current
    assert rig.store.candidate() is None


async def test_a_candidate_is_kept_while_nobody_is_reached(rig: Rig, gateway: FakeGateway) -> None:
    await _candidate(rig, gateway.authority)
    port = gateway.ports[0]
    await gateway.stop()
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.tries >= 3)
    assert rig.store.candidate() is not None
    await gateway.start(port)
    await until(lambda: gateway.live)
    await until(lambda: rig.store.candidate() is None)
    assert len(gateway.connections) == 1


async def test_a_candidate_that_the_server_refuses_by_name_is_dropped(rig: Rig, gateway: FakeGateway) -> None:
    await _candidate(rig, gateway.authority)
    serials: list[int] = []

    def refuse(connection: Connection) -> tuple[str, str] | None:
        serials.append(connection.certificate_serial)
        return (reasons.CERTIFICATE_REVOKED, "") if connection.certificate_serial == serials[0] else None

    gateway.refuse = refuse
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    assert rig.store.candidate() is None
    assert serials[0] != serials[1]


def test_the_resident_part_never_imports_what_is_heavy() -> None:
    heavy = {
        "cryptography",
        "tuf",
        "paramiko",
        "pydantic",
        "django",
        "email",
        "unittest",
        "importlib.metadata",
    }
    code = f"import sys, logix_agent.main; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_renewals_are_paced_whatever_the_server_says() -> None:
    pace = Pace(most=2, seconds=100)
    assert pace.rest(0) == 0
    pace.note(0)
    assert pace.rest(1) == 0
    pace.note(1)
    assert pace.rest(2) == 98
    assert pace.rest(100) == 0
    pace.note(100)
    assert pace.rest(100) == 1
