"""Streams are let in by unit, certificate and the stream that stands; thousands in few statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from logix_common import reasons
from logix_server.audit.models import Record
from logix_server.fleet import actions
from logix_server.fleet.facts import Denied, Position
from logix_server.fleet.models import Installation, Presence, Unit
from logix_server.pki.models import Certificate

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_the_first_stream_is_admitted_and_on_record(fleet):
    unit, serial = fleet.enrolled()
    stream, admitted = fleet.connect(unit, serial, trust_version=1)
    assert admitted.unit_id == unit.pk
    assert admitted.contested is None
    assert admitted.want_full_state
    assert admitted.trust_version == 1
    presence = Presence.objects.get()
    assert (presence.stream_id, presence.gateway_id) == (stream.stream_id, "gateway-1")
    assert presence.disconnected_at is None
    assert presence.last_seen_at == fleet.now
    assert presence.skew_us == 5_000_000
    assert presence.capabilities == ["orders"]
    assert Certificate.objects.get().state == Certificate.State.ACTIVE
    assert Record.objects.filter(action="certificate.activate").count() == 1


def test_the_time_to_renew_is_past_half_life_and_fixed(fleet):
    unit, serial = fleet.enrolled()
    certificate = Certificate.objects.get()
    life = certificate.not_after - certificate.not_before
    moments = {fleet.connect(unit, serial)[1].renew_at for _ in range(3)}
    assert len(moments) == 1
    assert 0.5 <= (moments.pop() - certificate.not_before) / life <= 0.6


@pytest.mark.parametrize(
    ("close", "reason"),
    [
        (lambda unit, now: actions.revoke(unit, "x", "operator:t", now), reasons.CERTIFICATE_REVOKED),
        (
            lambda unit, now: actions.decommission(unit, "x", "operator:t", now),
            reasons.DEVICE_DECOMMISSIONED,
        ),
        (lambda unit, now: actions.declare_conflict(unit.pk, {}, now), reasons.IDENTITY_CONFLICT),
    ],
)
def test_a_closed_unit_is_refused_by_its_reason(fleet, close, reason):
    unit, serial = fleet.enrolled()
    close(unit, fleet.now)
    assert fleet.connect(unit, serial)[1] == Denied(reason)
    assert not Presence.objects.exists()


def test_another_units_certificate_or_an_unknown_one_opens_nothing(fleet):
    unit, _ = fleet.enrolled("LGX1")
    _, theirs = fleet.enrolled("LGX2")
    assert fleet.connect(unit, theirs)[1] == Denied(reasons.UNKNOWN_DEVICE)
    assert fleet.connect(unit, "0" * 32)[1] == Denied(reasons.UNKNOWN_DEVICE)
    unit.device_id = "f" * 32
    assert fleet.connect(unit, theirs)[1] == Denied(reasons.UNKNOWN_DEVICE)


def test_a_newer_stream_takes_the_unit_and_names_the_older(fleet):
    unit, serial = fleet.enrolled()
    first, _ = fleet.connect(unit, serial)
    second, admitted = fleet.connect(unit, serial, gateway_id="gateway-2")
    contested = admitted.contested
    assert (contested.gateway_id, contested.stream_id) == ("gateway-1", first.stream_id)
    assert contested.same_certificate
    assert Presence.objects.get().stream_id == second.stream_id


def test_one_that_has_ended_is_not_contested(fleet):
    unit, serial = fleet.enrolled()
    first, _ = fleet.connect(unit, serial)
    actions.closed([first.stream_id], fleet.now)
    assert fleet.connect(unit, serial)[1].contested is None


def test_a_renewals_hand_over_is_no_clone(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    candidate = fleet.renewed(unit, old)
    admitted = fleet.connect(unit, candidate)[1]
    assert admitted.contested.same_certificate is False


def test_a_superseded_certificate_is_refused_soon_and_a_conflict_later(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    candidate = fleet.renewed(unit, old)
    stream, _ = fleet.connect(unit, candidate)
    fleet.move(minutes=10)
    assert fleet.connect(unit, old)[1] == Denied(reasons.CERTIFICATE_SUPERSEDED)
    assert Presence.objects.get().stream_id == stream.stream_id
    fleet.move(seconds=1)
    assert fleet.connect(unit, old)[1] == Denied(reasons.IDENTITY_CONFLICT)
    unit.refresh_from_db()
    assert unit.state == Unit.State.CONFLICT
    assert fleet.connect(unit, candidate)[1] == Denied(reasons.IDENTITY_CONFLICT)
    assert Record.objects.filter(action="unit.conflict").count() == 1


def test_two_of_one_device_in_one_batch(fleet):
    unit, serial = fleet.enrolled()
    first, second = fleet.opened(unit, serial), fleet.opened(unit, serial)
    answers = actions.admit([first, second], fleet.now)
    assert answers[0].contested is None
    assert answers[1].contested.stream_id == first.stream_id
    assert Presence.objects.get().stream_id == second.stream_id


def test_full_state_is_wanted_where_we_know_less_than_the_device(fleet):
    unit, serial = fleet.enrolled()
    assert fleet.connect(unit, serial)[1].want_full_state
    actions.advance([Position(unit.pk, "a" * 32, 40), Position(unit.pk, "b" * 32, 3)], fleet.now)
    admitted = fleet.connect(unit, serial, last_acknowledged=40)[1]
    assert (admitted.applied, admitted.applied_memory, admitted.want_full_state) == (40, 3, False)
    assert not fleet.connect(unit, serial, last_acknowledged=39)[1].want_full_state
    assert fleet.connect(unit, serial, last_acknowledged=41)[1].want_full_state
    assert fleet.connect(unit, serial, spool_id="c" * 32)[1].want_full_state


def test_hearing_from_a_silent_unit_ends_its_silence(fleet):
    unit, serial = fleet.enrolled()
    fleet.connect(unit, serial)
    Presence.objects.update(silent_since=fleet.now, silence_reported_at=fleet.now)
    fleet.connect(unit, serial)
    presence = Presence.objects.get()
    assert presence.silent_since is None
    assert presence.silence_reported_at is None


def many(fleet, count: int):
    """`count` active units with a certificate each, straight into the tables."""
    place = Installation.objects.create(
        customer=fleet.unit().installation.customer, name="site", created_at=fleet.now
    )
    units = [
        Unit(
            device_id=f"{n:032x}",
            serial=f"M{n}",
            model="LX",
            installation=place,
            state=Unit.State.ACTIVE,
            state_at=fleet.now,
            registered_at=fleet.now,
        )
        for n in range(count)
    ]
    Unit.objects.bulk_create(units)
    Certificate.objects.bulk_create(
        Certificate(
            serial_number=f"{n + 2**127:032x}",
            device_id=f"{n:032x}",
            state=Certificate.State.ISSUED,
            state_at=fleet.now,
            not_before=fleet.now,
            not_after=fleet.now + timedelta(days=90),
            issued_at=fleet.now,
            public_key_sha256=f"{n:064x}",
            pem="",
        )
        for n in range(count)
    )
    return [fleet.opened(unit, f"{n + 2**127:032x}") for n, unit in enumerate(units)]


def test_a_storm_of_2000_takes_few_statements(fleet):
    streams = many(fleet, 2_000)
    counts = []
    for _ in range(2):  # first uses, then a reconnect
        with CaptureQueriesContext(connection) as queries:
            answers = actions.admit(streams, fleet.now)
        assert not [answer for answer in answers if isinstance(answer, Denied)]
        counts.append(len(queries))
    # SQLite takes the audit's 2,000 rows in slices.
    assert counts[0] <= 30
    assert counts[1] <= 9
    assert Presence.objects.count() == 2_000
    assert Certificate.objects.filter(state=Certificate.State.ACTIVE).count() == 2_000
