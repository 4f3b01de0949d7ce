"""Certificates: enrolment, two-phase renewal, expiry, and the instants at which a crash may fall."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from logix_agent.host.durable_files import write_atomically
from logix_agent.link import certificates
from logix_agent.link.certificates import CertificateWorkFailed
from logix_agent.link.channel import Disconnected
from logix_agent.link.enrolment import AlreadyEnrolled, enrol
from logix_agent.link.identity import IdentityStore, NotEnrolled
from logix_agent.link.identity_facts import parse_bundle
from logix_agent.link.renewal import Pace
from logix_common import reasons
from logix_common.errors import Refused

from tests.agent.link.conftest import Rig, finding
from tests.fakes.authority import Authority
from tests.fakes.gateway import DEVICE_ID, FakeGateway, order, until


async def test_enrolment_keeps_a_usable_identity(rig: Rig, gateway: FakeGateway) -> None:
    device = rig.store.device()
    current = rig.store.current()
    assert device.device_id == DEVICE_ID
    assert current is not None
    keys = list((rig.folder / "identity").glob("*/key.pem"))
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600]
    assert (rig.folder / "identity").stat().st_mode & 0o777 == 0o700
    assert rig.store.pending_key() is None


async def test_a_working_identity_is_not_overwritten_unless_asked(rig: Rig, gateway: FakeGateway) -> None:
    bundle = parse_bundle(json.dumps(gateway.bundle()).encode(), "bundle")
    before = rig.store.current()
    with pytest.raises(AlreadyEnrolled):
        await enrol(rig.store, bundle, rig.call, serial="LX1", agent_version="1")
    assert rig.store.current() == before
    await enrol(rig.store, bundle, rig.call, serial="LX1", agent_version="1", again=True)
    assert rig.store.current() != before


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    tmp_path: Path, gateway: FakeGateway
) -> None:
    gateway.drop_enrolment_answers = 1
    rig = Rig(tmp_path, gateway)
    with pytest.raises(Disconnected):
        await rig.enrol()
    assert not rig.store.exists()
    await rig.enrol()
    first, second = gateway.enrolments
    from cryptography import x509

    keys = [x509.load_der_x509_csr(request.csr_der).public_key() for request in (first, second)]
    assert keys[0] == keys[1]
    assert rig.store.exists()
    await rig.close()


async def test_a_wrong_token_is_refused_and_leaves_no_identity(tmp_path: Path, gateway: FakeGateway) -> None:
    rig = Rig(tmp_path, gateway)
    bundle = parse_bundle(json.dumps({**gateway.bundle(), "token": "other"}).encode(), "bundle")
    with pytest.raises(Refused) as refused:
        await enrol(rig.store, bundle, rig.call, serial="LX1", agent_version="1")
    assert refused.value.reason == reasons.ENROLMENT_REFUSED
    with pytest.raises(NotEnrolled):
        rig.store.device()
    await rig.close()


async def test_enrolment_trusts_only_the_bundles_ca(tmp_path: Path, gateway: FakeGateway) -> None:
    rig = Rig(tmp_path, gateway)
    content = {**gateway.bundle(), "ca_pem": Authority().root_pem.decode()}
    bundle = parse_bundle(json.dumps(content).encode(), "bundle")
    with pytest.raises(Disconnected):
        await enrol(rig.store, bundle, rig.call, serial="LX1", agent_version="1")
    assert gateway.enrolments == []
    await rig.close()


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

    def refuse(connection: object) -> tuple[str, str] | None:
        serials.append(connection.certificate_serial)  # type: ignore[attr-defined]
        return (reasons.CERTIFICATE_REVOKED, "") if connection.certificate_serial == serials[0] else None  # type: ignore[attr-defined]

    gateway.refuse = refuse
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    assert rig.store.candidate() is None
    assert serials[0] != serials[1]


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

    def refuse(connection: object) -> tuple[str, str] | None:
        first.append(connection.certificate_serial)  # type: ignore[attr-defined]
        return (reasons.CERTIFICATE_EXPIRED, "") if connection.certificate_serial == first[0] else None  # type: ignore[attr-defined]

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
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    assert gateway.expired_renewals == 1
    assert link.status.tries > 5


class PowerCut(BaseException):
    """Ends the process, as far as the code under test can tell."""


class CutAfter:
    """The real write, so many times; then the power is gone."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def __call__(self, path: Path, content: bytes, mode: int) -> None:
        if not self.left:
            raise PowerCut
        self.left -= 1
        write_atomically(path, content, mode)


async def test_a_power_cut_at_any_write_leaves_a_usable_identity(rig: Rig, gateway: FakeGateway) -> None:
    request = await certificates.signing_request("")
    chain = gateway.authority.device(request.csr_der, DEVICE_ID).decode()
    old = rig.store.current()
    assert old is not None
    outcomes = []
    for writes in range(12):
        folder = rig.folder / f"cut-{writes}"
        shutil.copytree(rig.folder / "identity", folder)
        store = IdentityStore(folder, CutAfter(writes))
        with contextlib.suppress(PowerCut):
            store.keep_pending_key(request.key_pem)
            store.keep_candidate(chain, 1, 2**62)
            store.promote_candidate()
        found = IdentityStore(folder)
        credential = found.candidate() or found.current()
        assert found.exists()
        assert credential is not None
        pair = (credential.key_pem, credential.chain_pem)
        assert pair in ((old.key_pem, old.chain_pem), (request.key_pem, chain))
        outcomes.append(credential.key_pem == request.key_pem)
    assert outcomes == sorted(outcomes)
    assert outcomes[0] is False
    assert outcomes[-1] is True


async def test_the_child_refuses_what_is_not_ours(rig: Rig, gateway: FakeGateway) -> None:
    mine, other = await certificates.signing_request(""), await certificates.signing_request("")
    chain = gateway.authority.device(mine.csr_der, DEVICE_ID).decode()
    root = gateway.authority.root_pem.decode()
    domain = rig.store.device().trust_domain
    with pytest.raises(CertificateWorkFailed, match="not for the key"):
        await certificates.accept(other.key_pem, chain, root, domain)
    with pytest.raises(CertificateWorkFailed, match="leads to no CA"):
        await certificates.accept(mine.key_pem, chain, Authority().root_pem.decode(), domain)
    with pytest.raises(CertificateWorkFailed, match="names no device"):
        await certificates.accept(mine.key_pem, chain, root, "other.example")
    with pytest.raises(CertificateWorkFailed, match="PEM"):
        await certificates.accept(mine.key_pem, "garbage", root, domain)


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


async def test_a_server_that_always_calls_the_certificate_expired_is_not_asked_for_ever(
    rig: Rig, gateway: FakeGateway
) -> None:
    gateway.refuse = lambda _connection: (reasons.CERTIFICATE_EXPIRED, "")
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.tries >= 12, 250)
    assert gateway.expired_renewals == 5
