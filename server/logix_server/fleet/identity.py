"""Who may hold a stream: decisions on a unit, its certificates and the stream that stands for it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from logix_common import reasons

from logix_server.fleet.facts import Contested, Ending, LiveStream, Replaced
from logix_server.fleet.lifecycle import UnitState
from logix_server.pki.lifecycle import CertificateState

#: A superseded certificate that comes later than this was copied; sooner, an answer crossed another.
CONFLICT_AFTER: Final = timedelta(minutes=10)
#: Renewals are spread over this part of the certificate's life, after its half.
RENEWAL_SPREAD: Final = 0.1


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate as we recorded it."""

    serial_number: str
    device_id: str
    state: str
    state_at: datetime
    not_before: datetime
    not_after: datetime
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class PresenceFacts:
    """The stream that stands for a unit; `live` until it was seen to end."""

    gateway_id: str
    stream_id: str
    certificate_serial: str
    live: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a new stream. `denied` None = it may go on."""

    denied: str | None = None
    conflict: bool = False  # the unit is to be closed until an operator decides
    activates: bool = False  # its certificate is used for the first time
    contested: Contested | None = None


def refusal_of_unit(state: str) -> str | None:
    """Why a unit in `state` may hold no stream; None = it may."""
    return {
        UnitState.REVOKED: reasons.CERTIFICATE_REVOKED,
        UnitState.DECOMMISSIONED: reasons.DEVICE_DECOMMISSIONED,
        UnitState.CONFLICT: reasons.IDENTITY_CONFLICT,
    }.get(UnitState(state))


def refusal_of_certificate(state: str, not_after: datetime, now: datetime) -> str | None:
    """Why a certificate opens no stream now; None = it does."""
    if state == CertificateState.REVOKED:
        return reasons.CERTIFICATE_REVOKED
    if state == CertificateState.SUPERSEDED:
        return reasons.CERTIFICATE_SUPERSEDED
    if not_after < now:
        return reasons.CERTIFICATE_EXPIRED
    return None


def judge_stream(
    device_id: str,
    stream_id: str,
    *,
    unit_state: str | None,
    certificate: CertificateFacts | None,
    presence: PresenceFacts | None,
    now: datetime,
) -> Verdict:
    """Decide on a stream whose certificate TLS has verified. `unit_state` None = no such unit.

    A certificate that is not on record, or is another device's, opens nothing. The newest stream
    always takes the unit; an older one that is thought to live is named as contested.
    """
    if unit_state is None or certificate is None or certificate.device_id != device_id:
        return Verdict(denied=reasons.UNKNOWN_DEVICE)
    refusal = refusal_of_unit(unit_state)
    if refusal is not None:
        return Verdict(denied=refusal)
    refusal = refusal_of_certificate(certificate.state, certificate.not_after, now)
    if refusal == reasons.CERTIFICATE_SUPERSEDED and now - certificate.state_at > CONFLICT_AFTER:
        return Verdict(denied=reasons.IDENTITY_CONFLICT, conflict=True)
    if refusal is not None:
        return Verdict(denied=refusal)
    contested = None
    if presence is not None and presence.live and presence.stream_id != stream_id:
        contested = Contested(
            presence.gateway_id,
            presence.stream_id,
            presence.certificate_serial,
            presence.certificate_serial == certificate.serial_number,
        )
    return Verdict(activates=certificate.state == CertificateState.ISSUED, contested=contested)


def superseded_by(used: CertificateFacts, others: Iterable[CertificateFacts]) -> list[str]:
    """Serials that the first use of `used` puts out of service: all live ones but newer candidates."""
    return sorted(
        other.serial_number
        for other in others
        if other.device_id == used.device_id
        and other.serial_number != used.serial_number
        and (
            other.state == CertificateState.ACTIVE
            or (other.state == CertificateState.ISSUED and other.issued_at <= used.issued_at)
        )
    )


def renew_at(not_before: datetime, not_after: datetime, serial_number: str) -> datetime:
    """Server time at which to renew: half life plus a jitter that the serial fixes for good."""
    life = not_after - not_before
    fraction = int.from_bytes(hashlib.sha256(serial_number.encode()).digest()[:4]) / 2**32
    return not_before + life * (0.5 + RENEWAL_SPREAD * fraction)


def wants_full_state(ours: int | None, last_acknowledged: int) -> bool:
    """Whether we know less than the device thinks: `ours` None = a spool that we never saw."""
    return ours is None or last_acknowledged > ours


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for a unit in the rows now."""

    stream_id: str
    certificate_serial: str
    unit_state: str
    certificate_state: str | None
    not_after: datetime | None


def judge_live(
    live: Sequence[LiveStream], standing: Mapping[int, Standing], now: datetime
) -> tuple[list[Ending], list[Replaced]]:
    """Compare the streams that a gateway holds with the rows: which must end, which were replaced.

    A unit that may hold no stream ends all of them. A replaced stream is no longer judged by its
    certificate: that of the newer stream is the one on record.
    """
    endings, replaced = [], []
    for stream in live:
        row = standing.get(stream.unit_id)
        if row is None:
            endings.append(Ending(stream.unit_id, stream.stream_id, reasons.UNKNOWN_DEVICE))
            continue
        reason = refusal_of_unit(row.unit_state)
        if reason is None and row.stream_id != stream.stream_id:
            same = row.certificate_serial == stream.certificate_serial
            replaced.append(Replaced(stream.unit_id, stream.stream_id, row.stream_id, same))
            continue
        if reason is None and (row.certificate_state is None or row.not_after is None):
            reason = reasons.UNKNOWN_DEVICE
        elif reason is None:
            assert row.certificate_state is not None
            assert row.not_after is not None
            reason = refusal_of_certificate(row.certificate_state, row.not_after, now)
        if reason is not None:
            endings.append(Ending(stream.unit_id, stream.stream_id, reason))
    return endings, replaced
