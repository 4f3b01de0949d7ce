"""Enrolment: a token becomes an identity, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from logix_agent.link.channel import Disconnected
from logix_agent.link.enrolment import AlreadyEnrolled, enrol
from logix_agent.link.identity import NotEnrolled
from logix_agent.link.identity_facts import parse_bundle
from logix_common import reasons
from logix_common.errors import Refused

from tests.agent.link.conftest import Rig
from tests.fakes.authority import Authority
from tests.fakes.gateway import DEVICE_ID, FakeGateway


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
