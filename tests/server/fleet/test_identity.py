"""The identity decision over all combinations of facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common import reasons
from logix_common.errors import IllegalTransition
from logix_server.fleet.facts import LiveStream
from logix_server.fleet.identity import (
    CONFLICT_AFTER,
    CertificateFacts,
    PresenceFacts,
    Standing,
    judge_live,
    judge_stream,
    renew_at,
    superseded_by,
    wants_full_state,
)
from logix_server.fleet.lifecycle import UNIT, UnitState
from logix_server.pki.lifecycle import CertificateState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DEVICE = "d" * 32

ages = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=200))
certificates = st.builds(
    lambda serial, device, state, age, life: CertificateFacts(
        serial_number=serial,
        device_id=device,
        state=state,
        state_at=NOW - age,
        not_before=NOW - age,
        not_after=NOW - age + life,
        issued_at=NOW - age,
    ),
    st.sampled_from(["1", "2", "3", "4"]),
    st.sampled_from([DEVICE, "e" * 32]),
    st.sampled_from([state.value for state in CertificateState]),
    ages,
    ages,
)
presences = st.builds(
    PresenceFacts, st.just("g"), st.sampled_from(["s1", "s2"]), st.sampled_from(["1", "2"]), st.booleans()
)
states = st.sampled_from([state.value for state in UnitState])


@given(states | st.none(), certificates | st.none(), presences | st.none())
def test_only_a_good_certificate_of_a_unit_in_service_is_admitted(state, certificate, presence):
    verdict = judge_stream(
        DEVICE, "s1", unit_state=state, certificate=certificate, presence=presence, now=NOW
    )
    good = (
        state in (UnitState.ACTIVE, UnitState.REGISTERED)
        and certificate is not None
        and certificate.device_id == DEVICE
        and certificate.state in (CertificateState.ISSUED, CertificateState.ACTIVE)
        and certificate.not_after >= NOW
    )
    assert (verdict.denied is None) is good
    if verdict.activates:
        assert good
        assert certificate.state == CertificateState.ISSUED
    if verdict.contested is not None:
        assert good
        assert presence.live
        assert verdict.contested.stream_id == presence.stream_id != "s1"
        assert verdict.contested.same_certificate is (
            presence.certificate_serial == certificate.serial_number
        )


@given(states, certificates, presences | st.none())
def test_a_conflict_comes_of_nothing_but_an_old_superseded_certificate(state, certificate, presence):
    verdict = judge_stream(
        DEVICE, "s1", unit_state=state, certificate=certificate, presence=presence, now=NOW
    )
    copied = (
        state in (UnitState.ACTIVE, UnitState.REGISTERED)
        and certificate.device_id == DEVICE
        and certificate.state == CertificateState.SUPERSEDED
        and NOW - certificate.state_at > CONFLICT_AFTER
    )
    assert verdict.conflict is copied
    if copied:
        assert verdict.denied == reasons.IDENTITY_CONFLICT


@given(certificates, st.lists(certificates, max_size=6))
def test_a_first_use_spares_newer_candidates_and_other_devices(used, others):
    gone = set(superseded_by(used, others))
    assert used.serial_number not in gone
    for other in others:
        if other.serial_number in gone and not [
            o for o in others if o.serial_number == other.serial_number and o is not other
        ]:
            assert other.device_id == used.device_id
            assert other.state in (CertificateState.ACTIVE, CertificateState.ISSUED)
            assert other.state == CertificateState.ACTIVE or other.issued_at <= used.issued_at


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(1, 400))
def test_renewal_falls_between_half_and_six_tenths_of_life(serial, days):
    end = NOW + timedelta(days=days)
    moment = renew_at(NOW, end, serial)
    assert timedelta(days=days) * 0.5 <= moment - NOW <= timedelta(days=days) * 0.6
    assert moment == renew_at(NOW, end, serial)


def test_renewals_are_spread():
    moments = {renew_at(NOW, NOW + timedelta(days=90), f"{n:032x}") for n in range(1_000)}
    spread = max(moments) - min(moments)
    assert len(moments) == 1_000
    assert spread > timedelta(days=8)


@given(st.none() | st.integers(0, 10), st.integers(0, 10))
def test_full_state_is_wanted_exactly_where_we_know_less(ours, theirs):
    assert wants_full_state(ours, theirs) is (ours is None or ours < theirs)


@pytest.mark.parametrize(
    ("row", "ends", "replaces"),
    [
        (None, reasons.UNKNOWN_DEVICE, None),
        (Standing("s1", "1", "active", "active", NOW), None, None),
        (Standing("s1", "1", "active", "revoked", NOW), reasons.CERTIFICATE_REVOKED, None),
        (Standing("s1", "1", "active", "superseded", NOW), reasons.CERTIFICATE_SUPERSEDED, None),
        (
            Standing("s1", "1", "active", "active", NOW - timedelta(seconds=1)),
            reasons.CERTIFICATE_EXPIRED,
            None,
        ),
        (Standing("s1", "1", "active", None, None), reasons.UNKNOWN_DEVICE, None),
        (Standing("s1", "1", "revoked", "active", NOW), reasons.CERTIFICATE_REVOKED, None),
        (Standing("s1", "1", "decommissioned", "active", NOW), reasons.DEVICE_DECOMMISSIONED, None),
        (Standing("s2", "1", "conflict", "active", NOW), reasons.IDENTITY_CONFLICT, None),
        (Standing("s2", "1", "active", "active", NOW), None, True),
        (Standing("s2", "2", "active", "active", NOW), None, False),
    ],
)
def test_live_streams_are_held_against_the_rows(row, ends, replaces):
    endings, replaced = judge_live([LiveStream(7, "s1", "1")], {7: row} if row else {}, NOW)
    assert [ending.reason for ending in endings] == ([ends] if ends else [])
    assert [one.same_certificate for one in replaced] == ([replaces] if replaces is not None else [])
    assert all(one.unit_id == 7 and one.stream_id == "s1" for one in [*endings, *replaced])


@given(states, states)
def test_units_move_by_the_table_alone(current, new):
    final = current == UnitState.DECOMMISSIONED
    try:
        assert UNIT.check(UnitState(current), UnitState(new)) == new
        moved = True
    except IllegalTransition:
        moved = False
    assert not (final and moved)
    if new == UnitState.DECOMMISSIONED and not final:
        assert moved
