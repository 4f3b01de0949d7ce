"""Certificates for devices: by a one-time token, by the stream's own certificate, by an expired one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction
from logix_common import reasons
from logix_common.errors import InvalidInput, Refused
from logix_common.identifiers import is_serial

from logix_server.audit.actions import record
from logix_server.config import current
from logix_server.fleet.facts import Issued
from logix_server.fleet.identity import refusal_of_certificate, refusal_of_unit
from logix_server.fleet.lifecycle import UNIT, UnitState
from logix_server.fleet.models import Unit
from logix_server.pki import actions as pki
from logix_server.pki import profiles, requests
from logix_server.pki.lifecycle import USABLE
from logix_server.pki.models import Authority, Certificate, EnrolmentToken
from logix_server.pki.queries import issuing_authority, newest_bundle

MAX_TOKEN: Final = 128
#: An answer that was lost may be asked for again so long after the token was used.
REPEAT_WITHIN: Final = timedelta(hours=1)
#: At most so many unused candidates in so long: a device that loses every answer is slowed down.
MAX_CANDIDATES: Final = 3
CANDIDATE_WINDOW: Final = timedelta(hours=1)
#: Certificates that a device may be issued in a day, used or not: each is a row, an audit record and a
#: signature for good. An honest one needs one in 45 days.
MAX_ISSUED: Final = 20
ISSUED_WINDOW: Final = timedelta(days=1)


@dataclass(frozen=True)
class _TokenFacts:
    """What decides on an enrolment; None = there is no such row."""

    unit_state: str | None
    unit_serial: str
    expires_at: datetime
    used_at: datetime | None
    withdrawn: bool
    repeat_of: Certificate | None  # issued for this token and this very key


def enrol(token: str, serial: str, csr_der: bytes, agent_version: str, now: datetime) -> Issued:
    """Exchange a token for a certificate; the same token with the same key is answered again alike.

    Raises `InvalidInput` for a request that no token could make right (CSR, bounds), and
    `Refused(ENROLMENT_REFUSED)` for everything else: a wrong, used, expired, withdrawn or foreign
    token, a unit that may not enrol. All refusals do the same reads, so that neither the answer nor
    its time tells which it was. Older certificates of the device are superseded.
    """
    if len(token) > MAX_TOKEN or not is_serial(serial):
        raise InvalidInput("token, serial", "expected what the enrolment bundle and the unit say")
    key = requests.public_key_of(csr_der)
    digest = hashlib.sha256(token.encode()).hexdigest()
    with transaction.atomic():
        row, unit = _locked(digest)
        facts = _facts(row, unit, requests.key_digest(key))
        if facts is None or not _may_enrol(facts, serial, now):
            refused = Refused(reasons.ENROLMENT_REFUSED)
            # For the log, never for the answer.
            refused.add_note(f"serial {serial}, token {'known' if row else 'unknown'}, unit {_named(unit)}")
            raise refused
        assert row is not None
        assert unit is not None
        if facts.repeat_of is not None:
            return issued_from(facts.repeat_of)
        return _first_enrolment(row, unit, key, agent_version, now)


def _named(unit: Unit | None) -> str:
    return f"{unit.serial} ({unit.state})" if unit else "-"


def _locked(digest: str) -> tuple[EnrolmentToken | None, Unit | None]:
    """The token and its unit, locked in the order that every writer keeps: unit, then token."""
    found = EnrolmentToken.objects.filter(token_sha256=digest).values_list("device_id", flat=True).first()
    unit = Unit.objects.select_for_update(no_key=True).filter(device_id=found or "").first()
    row = (
        EnrolmentToken.objects.select_for_update(of=("self",))
        .select_related("certificate")
        .filter(token_sha256=digest)
        .first()
    )
    return row, unit


def _facts(row: EnrolmentToken | None, unit: Unit | None, key_digest: str) -> _TokenFacts | None:
    if row is None or unit is None:
        return None
    certificate = row.certificate
    repeats = certificate is not None and certificate.public_key_sha256 == key_digest
    usable = certificate is not None and certificate.state in USABLE
    return _TokenFacts(
        unit_state=unit.state,
        unit_serial=unit.serial,
        expires_at=row.expires_at,
        used_at=row.used_at,
        withdrawn=row.withdrawn_at is not None,
        repeat_of=certificate if repeats and usable else None,
    )


def _may_enrol(facts: _TokenFacts, serial: str, now: datetime) -> bool:
    if facts.unit_serial != serial or facts.withdrawn:
        return False
    if facts.unit_state not in (UnitState.REGISTERED, UnitState.ACTIVE):
        return False
    if facts.used_at is not None:
        return facts.repeat_of is not None and now <= facts.used_at + REPEAT_WITHIN
    return now <= facts.expires_at


def _first_enrolment(
    row: EnrolmentToken, unit: Unit, key: ec.EllipticCurvePublicKey, agent_version: str, now: datetime
) -> Issued:
    pki.supersede_all(unit.device_id, "enrolled anew", now)
    certificate = pki.issue_device_certificate(unit.device_id, key, now)
    row.used_at, row.certificate = now, certificate
    row.save(update_fields=["used_at", "certificate"])
    unit.state = UNIT.check(UnitState(unit.state), UnitState.ACTIVE).value
    unit.state_at, unit.state_reason = now, "enrolled"
    unit.save(update_fields=["state", "state_at", "state_reason"])
    detail = {"certificate": certificate.serial_number, "agent_version": agent_version[:64]}
    record(now, f"device:{unit.device_id}", "unit.enrol", f"unit:{unit.serial}", detail)
    return issued_from(certificate)


def issued_from(certificate: Certificate) -> Issued:
    """The answer that carries `certificate`."""
    authority = Authority.objects.get(generation=certificate.generation)
    chain = (certificate.pem + authority.issuing_pem).encode("ascii")
    return Issued(certificate.device_id, chain, newest_bundle())


def renew(device_id: str, certificate_serial: str, csr_der: bytes, now: datetime) -> Issued:
    """A candidate for a device on its stream; the old certificate holds until the candidate connects.

    The same request key is answered again with the same candidate. Raises `InvalidInput` for the CSR,
    `Refused` with the reason for which unit or certificate may hold no stream, or `RATE_LIMITED`.
    """
    key = requests.public_key_of(csr_der)
    with transaction.atomic():
        unit = Unit.objects.select_for_update(no_key=True).filter(device_id=device_id).first()
        own = Certificate.objects.filter(device_id=device_id)
        certificate = own.filter(serial_number=certificate_serial).first()
        if unit is None or certificate is None:
            raise Refused(reasons.UNKNOWN_DEVICE)
        refusal = refusal_of_unit(unit.state) or refusal_of_certificate(
            certificate.state, certificate.not_after, now
        )
        if refusal is not None:
            raise Refused(refusal)
        return _candidate(unit, certificate, key, now)


def _candidate(unit: Unit, replaces: Certificate, key: ec.EllipticCurvePublicKey, now: datetime) -> Issued:
    digest = requests.key_digest(key)
    waiting = Certificate.objects.filter(device_id=unit.device_id, state=Certificate.State.ISSUED).exclude(
        serial_number=replaces.serial_number
    )
    same = waiting.filter(
        public_key_sha256=digest, not_after__gt=now, generation=issuing_authority().generation
    ).first()
    if same is not None:
        return issued_from(same)
    if waiting.filter(issued_at__gt=now - CANDIDATE_WINDOW).count() >= MAX_CANDIDATES:
        raise Refused(
            reasons.RATE_LIMITED, "too many renewals without a connection", CANDIDATE_WINDOW.total_seconds()
        )
    issued = Certificate.objects.filter(device_id=unit.device_id, issued_at__gt=now - ISSUED_WINDOW)
    if issued.count() >= MAX_ISSUED:
        raise Refused(reasons.RATE_LIMITED, "too many renewals in a day", CANDIDATE_WINDOW.total_seconds())
    certificate = pki.issue_device_certificate(unit.device_id, key, now)
    detail = {"certificate": certificate.serial_number, "replaces": replaces.serial_number}
    record(now, f"device:{unit.device_id}", "certificate.issue", f"unit:{unit.serial}", detail)
    return issued_from(certificate)


def renew_expired(certificate_pem: bytes, csr_der: bytes, proof: bytes, now: datetime) -> Issued:
    """A certificate for a device whose own has run out, by proof that it holds the old key.

    The proof is looked at before anything is told of the certificate. Accepted is only the device's
    newest certificate in use, issued by a generation that is still trusted, not revoked, and over
    for at most `renewal_grace_days`; one that still holds is accepted too, for a device whose clock
    runs ahead. Raises `InvalidInput`, `Refused` (`UNKNOWN_DEVICE` for a certificate that is not ours
    or a proof that does not hold, else the reason).
    """
    key = requests.public_key_of(csr_der)
    presented = profiles.load_certificate(certificate_pem)
    if not requests.proves_possession(presented, csr_der, proof):
        raise Refused(reasons.UNKNOWN_DEVICE)
    with transaction.atomic():
        row = Certificate.objects.filter(serial_number=profiles.serial_text(presented.serial_number)).first()
        if row is None or profiles.load_certificate(row.pem.encode()) != presented:
            raise Refused(reasons.UNKNOWN_DEVICE)
        if not _still_trusted(row):
            raise Refused(reasons.UNKNOWN_DEVICE)
        unit = Unit.objects.select_for_update(no_key=True).filter(device_id=row.device_id).first()
        refusal = _refusal_of_expired(unit, row, now)
        if refusal is not None or unit is None:
            raise Refused(refusal or reasons.UNKNOWN_DEVICE)
        return _candidate(unit, row, key, now)


def _still_trusted(row: Certificate) -> bool:
    """Whether an issuing CA that devices still trust signed it."""
    authority = Authority.objects.filter(generation=row.generation).first()
    if authority is None or authority.state == Authority.State.RETIRED:
        return False
    leaf = profiles.load_certificate(row.pem.encode())
    try:
        leaf.verify_directly_issued_by(profiles.load_certificate(authority.issuing_pem.encode()))
    except (ValueError, TypeError):
        return False
    return True


def _refusal_of_expired(unit: Unit | None, row: Certificate, now: datetime) -> str | None:
    if unit is None:
        return reasons.UNKNOWN_DEVICE
    refusal = refusal_of_unit(unit.state) or refusal_of_certificate(row.state, row.not_after, now)
    if refusal not in (None, reasons.CERTIFICATE_EXPIRED):
        return refusal
    if row.state == Certificate.State.ISSUED:
        # Never used: it counts only where no other is in use (it ran out before the first connection).
        newer = Certificate.objects.filter(device_id=row.device_id, state=Certificate.State.ACTIVE)
        if newer.exists():
            return reasons.CERTIFICATE_SUPERSEDED
    if now > row.not_after + timedelta(days=current().renewal_grace_days):
        return reasons.GRACE_OVER
    return None
