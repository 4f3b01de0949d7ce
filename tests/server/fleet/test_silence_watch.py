"""The periodic judgement over rows: marked, reported once, one incident for many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from logix_common.errors import InvalidInput
from logix_server.effects.models import Effect
from logix_server.fleet import actions, queries
from logix_server.fleet.facts import Seen
from logix_server.fleet.models import Incident, Presence

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def running(fleet):
    actions.start_run("r" * 32, "gateway-1", fleet.now)

    def until(**duration) -> int:
        fleet.move(**duration)
        actions.beat("r" * 32, "gateway-1", fleet.now)
        return actions.judge_silence(fleet.now)

    return until


def hear(fleet, unit) -> None:
    stream = Presence.objects.get(unit=unit).stream_id
    actions.seen([Seen(unit.pk, stream, fleet.now, 0)])


def test_a_unit_is_silent_after_a_quarter_of_an_hour_and_heard_again(fleet, running):
    unit, serial = fleet.enrolled()
    fleet.connect(unit, serial)
    assert running(minutes=14, seconds=59) == 0
    assert running(seconds=1) == 1
    assert running(minutes=5) == 0
    assert queries.list_units(silent=True) == [unit]
    hear(fleet, unit)
    assert queries.list_units(silent=True) == []


def test_time_in_which_we_were_down_does_not_count(fleet, running):
    unit, serial = fleet.enrolled()
    fleet.connect(unit, serial)
    running(minutes=10)
    fleet.move(days=3)
    actions.start_run("s" * 32, "gateway-1", fleet.now)
    assert actions.judge_silence(fleet.now) == 0
    fleet.move(minutes=4)
    actions.beat("s" * 32, "gateway-1", fleet.now)
    assert actions.judge_silence(fleet.now) == 0
    fleet.move(minutes=2)
    actions.beat("s" * 32, "gateway-1", fleet.now)
    assert actions.judge_silence(fleet.now) == 1


def test_a_day_of_silence_is_reported_once_a_silence(fleet, running):
    unit, serial = fleet.enrolled()
    fleet.connect(unit, serial)
    running(minutes=20)
    assert not Effect.objects.exists()
    last_seen = Presence.objects.get().last_seen_at
    running(hours=24)
    running(minutes=1)
    effect = Effect.objects.get()
    assert effect.kind == "unit.silent"
    assert effect.payload == {"unit_id": unit.pk, "last_seen_at": last_seen.isoformat()}
    hear(fleet, unit)
    running(minutes=20)
    running(hours=24)
    assert Effect.objects.count() == 2


def test_units_out_of_service_are_not_silent(fleet, running):
    unit, serial = fleet.enrolled()
    fleet.connect(unit, serial)
    actions.revoke(unit, "stolen", "operator:test", fleet.now)
    assert running(days=2) == 0
    assert not Effect.objects.exists()


def site(fleet, count: int):
    units = []
    for number in range(count):
        unit, serial = fleet.enrolled(f"S{number}")
        fleet.connect(unit, serial)
        units.append(unit)
    return units


def test_a_site_that_goes_dark_is_one_incident_and_the_rest_go_on_their_own(fleet, running):
    units = site(fleet, 12)
    assert running(minutes=16) == 12
    incident = Incident.objects.get()
    assert set(incident.detail["unit_ids"]) == {unit.pk for unit in units}
    running(hours=25)
    assert not Effect.objects.exists()
    for unit in units[:7]:
        hear(fleet, unit)
    running(seconds=30)
    incident.refresh_from_db()
    assert incident.closed_at == fleet.now
    assert {e.payload["unit_id"] for e in Effect.objects.all()} == {unit.pk for unit in units[7:]}
    running(minutes=1)
    assert Incident.objects.count() == 1


def test_an_operator_may_end_an_incident(fleet, running):
    site(fleet, 10)
    running(minutes=16)
    running(hours=24)
    incident = Incident.objects.get()
    actions.close_incident(incident.pk, "operator:test", fleet.now)
    running(seconds=30)
    assert Effect.objects.count() == 10
    with pytest.raises(InvalidInput):
        actions.close_incident(incident.pk, "operator:test", fleet.now)


def test_a_run_that_was_killed_ended_with_its_last_beat(fleet):
    from logix_server.fleet.models import GatewayRun

    actions.start_run("1" * 32, "gateway-1", fleet.now)
    unit, serial = fleet.enrolled()
    fleet.connect(unit, serial)
    fleet.move(minutes=5)
    actions.beat("1" * 32, "gateway-1", fleet.now)
    last = fleet.now
    fleet.move(hours=1)
    actions.start_run("2" * 32, "gateway-1", fleet.now)
    first = GatewayRun.objects.get(run_id="1" * 32)
    assert (first.beat_at, first.stopped_at) == (last, last)
    assert Presence.objects.get().disconnected_at == fleet.now
    actions.beat("2" * 32, "gateway-1", fleet.now - timedelta(seconds=5))
    assert GatewayRun.objects.get(run_id="2" * 32).beat_at == fleet.now
