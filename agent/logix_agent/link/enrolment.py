"""The enrolment port: a first certificate for a one-time token, a new one for an expired one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from grpc import aio
from logix_common.clock import Clock
from logix_common.errors import LogixError

from logix_agent.link import certificates, codec
from logix_agent.link.channel import ChannelSettings, Disconnected, open_channel, reach, target, translated
from logix_agent.link.disk_thread import Keeper
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import Credential, Device, EnrolmentBundle, Server, Trust


class AlreadyEnrolled(LogixError):
    """A working identity is here and is not overwritten."""


@dataclass(frozen=True)
class EnrolmentCall:
    """How the port is reached."""

    clock: Clock
    settings: ChannelSettings

    async def ask(self, server: Server, trust: Trust, method: str, request: bytes) -> codec.IdentityIssued:
        """One call; raises `Refused`, `Disconnected`, `InvalidInput`."""
        async with self._channel(server, trust) as channel:
            await reach(channel, self.clock, self.settings.connect_seconds)
            call: Any = channel.unary_unary(method)  # bytes in, bytes out
            try:
                answer: bytes = await call(request, timeout=self.settings.connect_seconds)
            except aio.AioRpcError as error:
                raise translated(error) from error
        return codec.issued_identity(answer)

    @contextlib.asynccontextmanager
    async def _channel(self, server: Server, trust: Trust) -> AsyncIterator[aio.Channel]:
        channel = open_channel(target(server.host, server.enrolment_port), trust, None, self.settings)
        try:
            yield channel
        finally:
            await channel.close()


async def enrol(
    store: IdentityStore,
    bundle: EnrolmentBundle,
    call: EnrolmentCall,
    *,
    serial: str,
    agent_version: str,
    again: bool = False,
) -> Device:
    """Exchange the bundle's token for an identity.

    The key is on disk before the server is asked: when the answer is lost, the same command with the
    same bundle asks with the same key and is answered again. Raises `AlreadyEnrolled`, `Refused`,
    `Disconnected`, `InvalidInput`, `CertificateWorkFailed`, `OSError`; an identity that was there is
    then still there.
    """
    if store.exists() and not again:
        raise AlreadyEnrolled(f"this appliance is enrolled as {store.device().device_id}")
    request = await certificates.signing_request(store.pending_key() or "")
    store.keep_pending_key(request.key_pem)
    issued = await call.ask(
        bundle.server,
        bundle.trust,
        codec.ENROL,
        codec.enrol_request(bundle.token, serial, request.csr_der, agent_version),
    )
    trust = await _newer(bundle.trust, issued.trust)
    chain = _ascii(issued.chain_pem)
    accepted = await certificates.accept(request.key_pem, chain, trust.ca_pem, bundle.trust_domain)
    if accepted.device_id != issued.device_id:
        raise Disconnected("the server's answer names another device than its certificate")
    device = Device(accepted.device_id, serial, bundle.trust_domain, bundle.server)
    store.enrolled(device, trust, chain, accepted.not_before_us, accepted.not_after_us)
    return device


async def renew_expired(
    store: IdentityStore,
    device: Device,
    trust: Trust,
    expired: Credential,
    call: EnrolmentCall,
    *,
    keep: Keeper,
) -> None:
    """Ask for a new certificate by proof of the expired one's key; it is kept as the candidate.

    Raises as `enrol` does.
    """
    request = await certificates.signing_request(store.pending_key() or "")
    await keep(lambda: store.keep_pending_key(request.key_pem))
    proof = await certificates.prove(expired.key_pem, expired.chain_pem, request.csr_der)
    issued = await call.ask(
        device.server,
        trust,
        codec.RENEW_EXPIRED,
        codec.renew_expired_request(proof.certificate_pem.encode(), request.csr_der, proof.signature),
    )
    newer = await _newer(trust, issued.trust)
    chain = _ascii(issued.chain_pem)
    await keep_issued(store, device, newer, request.key_pem, chain, keep=keep)
    if newer is not trust:
        await keep(lambda: store.keep_trust(newer))


async def keep_issued(
    store: IdentityStore, device: Device, trust: Trust, key_pem: str, chain_pem: str, *, keep: Keeper
) -> None:
    """Keep the pending key's certificate as the candidate, once it is certain that it is this device's."""
    accepted = await certificates.accept(key_pem, chain_pem, trust.ca_pem, device.trust_domain)
    if accepted.device_id != device.device_id:
        raise Disconnected("the server issued a certificate for another device")
    await keep(lambda: store.keep_candidate(chain_pem, accepted.not_before_us, accepted.not_after_us))


async def _newer(known: Trust, told: codec.TrustFacts) -> Trust:
    """The told bundle where it is newer, or brings what an older server's enrolment bundle did not hold."""
    completes = told.version == known.version and told.statement_keys_pem and not known.statement_keys_pem
    if told.version > known.version or completes:
        return await certificates.taken_trust(told, known)
    return known


def _ascii(pem: bytes) -> str:
    return pem.decode("ascii", "replace")
