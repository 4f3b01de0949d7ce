"""Let devices' streams in, a whole batch at a time: after an outage thousands come at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from logix_common import reasons

from logix_server.audit.actions import Entry, record_many
from logix_server.fleet import doorbell, store
from logix_server.fleet.facts import Admission, Admitted, Denied, StreamOpened
from logix_server.fleet.identity import (
    CertificateFacts,
    PresenceFacts,
    Verdict,
    judge_stream,
    renew_at,
    superseded_by,
    wants_full_state,
)
from logix_server.fleet.lifecycle import UNIT, UnitState
from logix_server.fleet.models import SpoolPosition, Unit
from logix_server.pki import actions as pki
from logix_server.pki.lifecycle import CERTIFICATE, USABLE, CertificateState
from logix_server.pki.models import Certificate
from logix_server.pki.queries import trust_version

NEWER_CERTIFICATE = "a newer certificate has connected"


@dataclass
class _Snapshot:
    """What the rows say of the devices of a batch; kept up to date while the batch is decided."""

    units: dict[str, tuple[int, str]] = field(default_factory=dict)  # device id: unit id, state
    presences: dict[str, PresenceFacts] = field(default_factory=dict)
    certificates: dict[str, CertificateFacts] = field(default_factory=dict)
    positions: dict[tuple[int, str], int] = field(default_factory=dict)


def admit(opened: Sequence[StreamOpened], now: datetime) -> list[Admission]:
    """Decide on each opened stream, in the caller's transaction; answers in the order of `opened`.

    The number of statements does not depend on how many streams there are. Of two streams of one
    device in a batch the later takes the unit and finds the earlier contested.
    """
    if not opened:
        return []
    with transaction.atomic():
        snapshot = _load(opened)
        version = trust_version()
        verdicts = [_decide(stream, snapshot, now) for stream in opened]
        answers = [
            _answer(stream, verdict, snapshot, version)
            for stream, verdict in zip(opened, verdicts, strict=True)
        ]
        _write(opened, verdicts, snapshot, now)
        return answers


def _load(opened: Sequence[StreamOpened]) -> _Snapshot:
    snapshot = _Snapshot()
    fields = ("device_id", "id", "state", "presence__gateway_id", "presence__stream_id")
    more = ("presence__certificate_serial", "presence__disconnected_at")
    devices = {stream.device_id for stream in opened}
    rows = Unit.objects.filter(device_id__in=devices).values_list(*fields, *more)
    for device_id, unit_id, state, gateway_id, stream_id, serial, disconnected_at in rows:
        snapshot.units[device_id] = (unit_id, state)
        if stream_id is not None:
            live = disconnected_at is None
            snapshot.presences[device_id] = PresenceFacts(gateway_id, stream_id, serial, live)
    # Every certificate that may still open a stream, besides those presented: a first use supersedes.
    presented = Certificate.objects.filter(serial_number__in={s.certificate_serial for s in opened})
    snapshot.certificates = _facts(presented)
    spools = {s.spool_id for s in opened} | {s.memory_spool_id for s in opened}
    positions = SpoolPosition.objects.filter(
        unit_id__in=[unit_id for unit_id, _ in snapshot.units.values()], spool_id__in=spools
    )
    for unit_id, spool_id, sequence in positions.values_list("unit_id", "spool_id", "sequence"):
        snapshot.positions[unit_id, spool_id] = sequence
    first_used = {c.device_id for c in snapshot.certificates.values() if c.state == CertificateState.ISSUED}
    if first_used:
        siblings = Certificate.objects.filter(device_id__in=first_used, state__in=USABLE)
        snapshot.certificates |= _facts(siblings)
    return snapshot


def _facts(certificates: QuerySet[Certificate]) -> dict[str, CertificateFacts]:
    names = ("serial_number", "device_id", "state", "state_at", "not_before", "not_after", "issued_at")
    return {row[0]: CertificateFacts(*row) for row in certificates.values_list(*names)}


def _decide(stream: StreamOpened, snapshot: _Snapshot, now: datetime) -> Verdict:
    unit_id, state = snapshot.units.get(stream.device_id, (0, None))
    certificate = snapshot.certificates.get(stream.certificate_serial)
    presence = snapshot.presences.get(stream.device_id)
    verdict = judge_stream(
        stream.device_id,
        stream.stream_id,
        unit_state=state,
        certificate=certificate,
        presence=presence,
        now=now,
    )
    if verdict.conflict:
        snapshot.units[stream.device_id] = (unit_id, Unit.State.CONFLICT)
    elif verdict.denied is None:
        assert certificate is not None
        snapshot.presences[stream.device_id] = PresenceFacts(
            stream.gateway_id, stream.stream_id, stream.certificate_serial, True
        )
        if verdict.activates:
            _use(certificate, snapshot, now)
    return verdict


def _use(used: CertificateFacts, snapshot: _Snapshot, now: datetime) -> None:
    known = snapshot.certificates
    for serial in superseded_by(used, known.values()):
        known[serial] = _moved(known[serial], CertificateState.SUPERSEDED, now)
    known[used.serial_number] = _moved(used, CertificateState.ACTIVE, now)


def _moved(certificate: CertificateFacts, state: CertificateState, now: datetime) -> CertificateFacts:
    following = CERTIFICATE.check(CertificateState(certificate.state), state)
    return replace(certificate, state=following, state_at=now)


def _answer(stream: StreamOpened, verdict: Verdict, snapshot: _Snapshot, version: int) -> Admission:
    if verdict.denied is not None:
        return Denied(verdict.denied)
    unit_id, state = snapshot.units[stream.device_id]
    if state == Unit.State.CONFLICT:  # a later stream of the same batch was a copy
        return Denied(reasons.IDENTITY_CONFLICT)
    certificate = snapshot.certificates[stream.certificate_serial]
    position = snapshot.positions.get((unit_id, stream.spool_id))
    return Admitted(
        unit_id=unit_id,
        applied=position or 0,
        applied_memory=snapshot.positions.get((unit_id, stream.memory_spool_id), 0),
        want_full_state=wants_full_state(position, stream.last_acknowledged),
        renew_at=renew_at(certificate.not_before, certificate.not_after, certificate.serial_number),
        trust_version=version,
        contested=verdict.contested,
    )


def _write(
    opened: Sequence[StreamOpened], verdicts: Sequence[Verdict], snapshot: _Snapshot, now: datetime
) -> None:
    pairs = list(zip(opened, verdicts, strict=True))
    taken = [(snapshot.units[s.device_id][0], s) for s, verdict in pairs if verdict.denied is None]
    store.take_presence(taken)
    used = {s.certificate_serial: s.device_id for s, verdict in pairs if verdict.activates}
    if used:
        devices = set(used.values())
        pki.activate(sorted(used), now)
        gone = [
            c.serial_number
            for c in snapshot.certificates.values()
            if c.device_id in devices and c.state == CertificateState.SUPERSEDED and c.state_at == now
        ]
        pki.supersede(sorted(gone), NEWER_CERTIFICATE, now)
        record_many(
            Entry(now, f"device:{device_id}", "certificate.activate", f"certificate:{serial}")
            for serial, device_id in sorted(used.items())
        )
    copied = {s.device_id: s for s, verdict in pairs if verdict.conflict}
    if copied:
        _close_copied(list(copied.values()), now)


def _close_copied(streams: Sequence[StreamOpened], now: datetime) -> None:
    reason = "a certificate that was superseded long ago was presented"
    devices = [stream.device_id for stream in streams]
    Unit.objects.filter(device_id__in=devices, state__in=UNIT.before(UnitState.CONFLICT)).update(
        state=UnitState.CONFLICT, state_at=now, state_reason=reason
    )
    record_many(
        Entry(
            now,
            f"device:{stream.device_id}",
            "unit.conflict",
            f"device:{stream.device_id}",
            {"reason": reason, "certificate": stream.certificate_serial, "gateway": stream.gateway_id},
        )
        for stream in streams
    )
    doorbell.ring()
