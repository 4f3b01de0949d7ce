"""The identity on disk: a crash may fall at any instant, and only what is ours is kept."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest
from logix_agent.host.durable_files import write_atomically
from logix_agent.link import certificates
from logix_agent.link.certificates import CertificateWorkFailed
from logix_agent.link.identity import IdentityStore

from tests.agent.link.conftest import Rig
from tests.fakes.authority import Authority
from tests.fakes.gateway import DEVICE_ID, FakeGateway


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
