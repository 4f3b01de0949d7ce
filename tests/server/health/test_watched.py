"""Early signs that a device only watches: on record at once, and without consequences until they grow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from logix_common.findings import Event
from logix_server.effects.models import Effect
from logix_server.fleet.models import Unit
from logix_server.health.actions import apply_findings, apply_full_states
from logix_server.health.facts import FindingTold
from logix_server.health.models import Fault

from tests.server import rows
from tests.server.health.told import finding, full_state

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def unit() -> Unit:
    return rows.unit()


def watched(unit: Unit, finding_id: str, event: Event = Event.RAISED, **told: object) -> FindingTold:
    return replace(finding(unit.id, finding_id, event, severity=3, **told), watched=True)


def effects() -> list[str]:
    return list(Effect.objects.order_by("id").values_list("kind", flat=True))


def history() -> list[str]:
    return list(Fault.objects.get().events.order_by("id").values_list("kind", flat=True))


def test_a_watched_finding_is_on_record_and_calls_nobody(unit: Unit) -> None:
    assert apply_findings([watched(unit, "a1")]) == 0
    assert (Fault.objects.get().watched, history(), effects()) == (True, ["watched"], [])


@pytest.mark.parametrize("seconds", [10, -10], ids=["in order", "told late"])
def test_it_counts_as_raised_once_it_grows(unit: Unit, seconds: float) -> None:
    apply_findings([watched(unit, "a1")])
    grown = finding(unit.id, "a1", Event.CHANGED, severity=3, seconds=seconds, value="9")
    apply_findings([grown])
    apply_findings([grown])
    fault = Fault.objects.get()
    assert (fault.watched, history(), effects()) == (False, ["watched", "raised"], ["fault.raised"])
    assert fault.evidence[0]["value"] == "9"


def test_more_of_what_is_watched_stays_quiet(unit: Unit) -> None:
    apply_findings([watched(unit, "a1")])
    apply_findings([watched(unit, "a1", Event.CHANGED, seconds=5, value="9"), watched(unit, "b2", seconds=6)])
    apply_full_states([full_state(unit.id, watched(unit, "b2", seconds=7), seconds=8)])
    apply_full_states([full_state(unit.id, seconds=9)])
    fault = Fault.objects.get()
    assert (fault.watched, fault.state, effects()) == (True, "recovered", [])


def test_what_somebody_was_called_for_is_not_watched_again(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1", severity=3)])
    apply_findings([watched(unit, "a1", Event.CHANGED, seconds=5, value="9")])
    apply_findings([finding(unit.id, "a1", Event.CLEARED, severity=3, seconds=6)])
    assert not Fault.objects.get().watched
    assert effects() == ["fault.raised", "fault.recovered"]
