"""The internal certificate authority: its generations, and the certificates that it issues.

Files are written before the rows that name them, so that a crash in between leaves only files that
nothing refers to; the next try writes over them.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django.db.models import QuerySet
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.config import current
from logix_server.pki import profiles, requests, statement_keys
from logix_server.pki.lifecycle import AUTHORITY, CERTIFICATE, USABLE, AuthorityState, CertificateState
from logix_server.pki.models import Authority, Certificate, EnrolmentToken, TrustBundleVersion
from logix_server.pki.queries import (
    issuing_authority,
    server_generation,
    statement_keys_in_use,
    trust_version,
    trusted_authorities,
)
from logix_server.pki.store import keys


def new_serial_number() -> int:
    """128 random bits with the highest one set: always 32 hexadecimal digits (RFC 5280 4.1.2.2: positive)."""
    return secrets.randbits(128) | 1 << 127


def _sign(
    profile: profiles.Profile,
    subject: profiles.Subject,
    signer: profiles.Signer | None,
    key: ec.EllipticCurvePrivateKey,
    validity: tuple[datetime, datetime] = profiles.FOREVER,
) -> x509.Certificate:
    issuer = signer.certificate if signer else None
    serial = new_serial_number()
    return profiles.builder(profile, subject, issuer, validity, serial).sign(key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def create_generation(generation: int, state: str, now: datetime) -> Authority:
    """Make root, issuing CA and server certificate of a generation; keys as files, certificates as a row."""
    store, domain = keys(), current().trust_domain
    root_key = store.new_key(generation, "root")
    root_subject = profiles.Subject(f"Logix Root CA {generation}", domain, root_key.public_key())
    root = _sign(profiles.ROOT, root_subject, None, root_key)
    issuing_key = store.new_key(generation, "issuing")
    issuing_subject = profiles.Subject(f"Logix Issuing CA {generation}", domain, issuing_key.public_key())
    issuing = _sign(profiles.ISSUING, issuing_subject, profiles.Signer(root, root_key), root_key)
    store.write(generation, "root.pem", _pem(root).encode())
    store.write(generation, "issuing.pem", _pem(issuing).encode())
    issue_server_certificate(generation, profiles.Signer(issuing, issuing_key))
    return Authority.objects.create(
        generation=generation,
        state=state,
        root_pem=_pem(root),
        issuing_pem=_pem(issuing),
        created_at=now,
        state_at=now,
    )


def issue_server_certificate(generation: int, signer: profiles.Signer | None = None) -> None:
    """Make (anew) the server certificate of a generation for the configured public host."""
    store, config = keys(), current()
    if signer is None:
        issuing = profiles.load_certificate(store.read(generation, "issuing.pem"))
        signer = profiles.Signer(issuing, store.key(generation, "issuing"))
    key = store.new_key(generation, "server")
    subject = profiles.server_subject(config.public_host, config.trust_domain, key.public_key())
    leaf = _sign(profiles.SERVER, subject, signer, signer.key)
    store.write(generation, "server.pem", (_pem(leaf) + _pem(signer.certificate)).encode())


def replace_server_certificate(by: str, now: datetime) -> None:
    """Make anew what the server shows, for another public host; gateways take it up within seconds."""
    generation = server_generation()
    with transaction.atomic():
        record(now, by, "pki.server-certificate", f"authority:{generation}", {"host": current().public_host})
        issue_server_certificate(generation)


def start_authority(now: datetime) -> Authority:
    """Generation 1, a statement key, trust bundle 1. Raises `InvalidInput` where the database holds one."""
    with transaction.atomic():
        if Authority.objects.exists():
            raise InvalidInput("pki", "this database already has a certificate authority")
        authority = create_generation(1, Authority.State.ISSUING, now)
        statement_keys.make_key(1, now)
        publish_trust_bundle(now)
        return authority


def move_authority(authority: Authority, state: AuthorityState, now: datetime) -> None:
    """The next state of a generation, in the caller's transaction. Raises `IllegalTransition`."""
    authority.state = AUTHORITY.check(AuthorityState(authority.state), state).value
    authority.state_at = now
    authority.save(update_fields=["state", "state_at"])


def publish_trust_bundle(now: datetime) -> int:
    """A new version of the bundle: the roots and statement keys that are trusted now. Returns the version."""
    newest = TrustBundleVersion.objects.order_by("-version").first()
    keys_pem = "".join(key.public_pem for key in statement_keys_in_use())
    if newest is not None and newest.statement_keys_pem == keys_pem:
        endorsements = newest.statement_endorsements
    else:
        endorsements = statement_keys.endorsed(keys_pem)
    bundle = TrustBundleVersion.objects.create(
        version=newest.version + 1 if newest else 1,
        ca_pem="".join(authority.root_pem for authority in trusted_authorities()),
        statement_keys_pem=keys_pem,
        statement_endorsements=endorsements,
        created_at=now,
    )
    return bundle.version


def add_statement_key(by: str, now: datetime) -> tuple[str, int]:
    """A new key for module statements, in a new trust bundle; returns (key id, bundle version)."""
    with transaction.atomic():
        key = statement_keys.make_key(trust_version() + 1, now)
        version = publish_trust_bundle(now)
        record(now, by, "pki.statement-key", f"key:{key.key_id}", {"trust_version": version})
        return key.key_id, version


def issue_device_certificate(
    device_id: str, public_key: ec.EllipticCurvePublicKey, now: datetime
) -> Certificate:
    """A certificate in state ISSUED, from the generation that issues now."""
    authority, config = issuing_authority(), current()
    signer = profiles.Signer(
        profiles.load_certificate(authority.issuing_pem.encode()),
        keys().key(authority.generation, "issuing"),
    )
    validity = profiles.device_validity(now, config.certificate_days)
    subject = profiles.device_subject(device_id, config.trust_domain, public_key)
    leaf = _sign(profiles.DEVICE, subject, signer, signer.key, validity)
    return Certificate.objects.create(
        serial_number=profiles.serial_text(leaf.serial_number),
        device_id=device_id,
        state=Certificate.State.ISSUED,
        state_at=now,
        generation=authority.generation,
        not_before=validity[0],
        not_after=validity[1],
        issued_at=now,
        public_key_sha256=requests.key_digest(public_key),
        pem=_pem(leaf),
    )


def _move(
    chosen: QuerySet[Certificate],
    state: CertificateState,
    reason: str,
    now: datetime,
    *,
    among: Collection[CertificateState] | None = None,
) -> int:
    """Those of `chosen` that may become `state` do; how many."""
    movable = chosen.filter(state__in=CERTIFICATE.before(state, among))
    return movable.update(state=state, state_at=now, state_reason=reason)


def activate(serial_numbers: Sequence[str], now: datetime) -> None:
    """These candidates have connected; one that is no candidate any more is left as it is."""
    _move(Certificate.objects.filter(serial_number__in=serial_numbers), CertificateState.ACTIVE, "", now)


def supersede(serial_numbers: Sequence[str], reason: str, now: datetime) -> None:
    """Newer certificates stand in the place of these; a revoked one stays revoked."""
    named = Certificate.objects.filter(serial_number__in=serial_numbers)
    _move(named, CertificateState.SUPERSEDED, reason, now)


def supersede_all(device_id: str, reason: str, now: datetime) -> None:
    """Every certificate of a device is superseded (it enrols anew)."""
    live = Certificate.objects.filter(device_id=device_id).values_list("serial_number", flat=True)
    supersede(list(live), reason, now)


def revoke_all(device_id: str, reason: str, now: datetime) -> int:
    """Revoke every certificate of a device, also superseded ones; how many."""
    return _move(Certificate.objects.filter(device_id=device_id), CertificateState.REVOKED, reason, now)


def revoke_generations(generations: Sequence[int], reason: str, now: datetime) -> int:
    """Revoke what these authorities issued and is still in use; how many."""
    issued = Certificate.objects.filter(generation__in=generations)
    return _move(issued, CertificateState.REVOKED, reason, now, among=USABLE)


def withdraw_tokens(device_id: str, now: datetime) -> int:
    """Make every unused token of a device worthless; how many."""
    return EnrolmentToken.objects.filter(
        device_id=device_id, used_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
