"""Findings become faults: opened once, changed, recovered, in whatever order they come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logix_common.findings import Event
from logix_server.effects.models import Effect
from logix_server.fleet.models import Unit
from logix_server.health import ledger
from logix_server.health.actions import apply_findings, apply_full_states, record_coverage
from logix_server.health.facts import FindingTold
from logix_server.health.models import Fault, FaultEvent, FaultFinding

from tests.server import rows
from tests.server.health.told import finding, full_state
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

RAISED, CHANGED, CLEARED = Event.RAISED, Event.CHANGED, Event.CLEARED


@pytest.fixture
def unit() -> Unit:
    return rows.unit()


def kinds(fault: Fault) -> list[str]:
    return list(fault.events.order_by("id").values_list("kind", flat=True))


def effects() -> list[str]:
    return list(Effect.objects.order_by("id").values_list("kind", flat=True))


def test_a_raise_opens_a_fault_with_all_that_was_told(unit: Unit) -> None:
    assert apply_findings([finding(unit.id, "a1", related=("raid:md0",))]) == 1
    fault = Fault.objects.get()
    assert (fault.unit_id, fault.installation_id, fault.state) == (unit.id, unit.installation_id, "open")
    assert (fault.component, fault.part, fault.code, fault.severity) == (
        "disk",
        "disk:S1",
        "disk.pending-sectors",
        2,
    )
    assert fault.raised_at == NOW
    assert fault.device_time == NOW - timedelta(hours=1)
    assert fault.evidence[0]["name"] == "Current_Pending_Sector"
    assert fault.related_parts == ["raid:md0"]
    assert fault.identity == {"slot": "sda", "serial": "S1", "model": "ST1000"}
    assert fault.covered is None
    effect = Effect.objects.get()
    assert effect.kind == "fault.raised"
    assert effect.payload == {"fault_id": fault.id, "event_id": fault.events.get().id}
    assert effect.key == f"fault.raised:{fault.events.get().id}"


def test_the_same_raise_again_changes_nothing(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1")])
    assert apply_findings([finding(unit.id, "a1"), finding(unit.id, "a1")]) == 0
    assert kinds(Fault.objects.get()) == ["raised"]


def test_another_id_on_an_open_fault_is_a_repeat_and_is_taken_over(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1")])
    apply_findings([finding(unit.id, "a2", seconds=60)])
    fault = Fault.objects.get()
    assert (fault.repeats, fault.finding_id, kinds(fault)) == (1, "a2", ["raised", "repeated"])
    assert apply_findings([finding(unit.id, "a1", CLEARED, seconds=90)]) == 0  # the superseded one
    apply_findings([finding(unit.id, "a2", CLEARED, seconds=120)])
    fault.refresh_from_db()
    assert fault.state == "recovered"


def test_many_repeats_in_one_batch_are_one_event_with_a_count(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a0")])
    assert apply_findings([finding(unit.id, f"a{n}", seconds=n) for n in range(1, 50)]) == 1
    event = FaultEvent.objects.get(kind="repeated")
    assert event.detail == {"count": 49}
    assert Fault.objects.get().repeats == 49


def test_worse_better_and_evidence(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1", severity=3)])
    apply_findings([finding(unit.id, "a1", CHANGED, severity=1, seconds=60)])
    apply_findings([finding(unit.id, "a1", CHANGED, severity=2, seconds=120)])
    apply_findings([finding(unit.id, "a1", CHANGED, severity=2, seconds=180, value="9")])
    apply_findings([finding(unit.id, "a1", CHANGED, severity=2, seconds=240, value="9")])
    fault = Fault.objects.get()
    assert (fault.severity, fault.worst_severity) == (2, 1)
    assert fault.evidence[0]["value"] == "9"
    assert kinds(fault) == ["raised", "worse", "better", "changed"]
    assert effects() == ["fault.raised", "fault.changed", "fault.changed"]


def test_an_older_telling_does_not_make_it_better(unit: Unit) -> None:
    apply_findings(
        [finding(unit.id, "a1", severity=3), finding(unit.id, "a1", CHANGED, severity=1, seconds=60)]
    )
    assert apply_findings([finding(unit.id, "a1", CHANGED, severity=2, seconds=30)]) == 0
    assert Fault.objects.get().severity == 1


def test_a_clear_recovers_and_the_next_raise_opens_anew(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1"), finding(unit.id, "a1", CLEARED, seconds=60)])
    apply_findings([finding(unit.id, "b1", seconds=120)])
    first, second = Fault.objects.order_by("id")
    assert (first.state, second.state) == ("recovered", "open")
    assert first.recovered_at == NOW + timedelta(seconds=60)
    assert effects() == ["fault.raised", "fault.recovered", "fault.raised"]


def test_a_change_of_an_unknown_finding_opens_it(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1", CHANGED, severity=1, seconds=60)])
    apply_findings([finding(unit.id, "a1", RAISED, severity=3)])  # its raise comes after it
    fault = Fault.objects.get()
    assert (fault.severity, kinds(fault)) == (1, ["raised"])


def test_a_clear_before_its_raise_leaves_a_fault_that_has_recovered(unit: Unit) -> None:
    assert apply_findings([finding(unit.id, "a1", CLEARED, seconds=60)]) == 0
    assert Fault.objects.count() == 0
    assert FaultFinding.objects.get().cleared_at == NOW + timedelta(seconds=60)
    apply_findings([finding(unit.id, "a1", CHANGED, seconds=30)])
    assert Fault.objects.count() == 0
    apply_findings([finding(unit.id, "a1", RAISED)])
    apply_findings([finding(unit.id, "a1", RAISED)])
    fault = Fault.objects.get()
    assert (fault.state, kinds(fault)) == ("recovered", ["raised", "recovered"])
    assert effects() == ["fault.raised", "fault.recovered"]


def test_units_do_not_touch_each_other(unit: Unit) -> None:
    other = rows.unit()
    apply_findings(
        [finding(unit.id, "a1"), finding(other.id, "a1"), finding(other.id, "a1", CLEARED, seconds=5)]
    )
    assert Fault.objects.get(unit=unit).state == "open"
    assert Fault.objects.get(unit=other).state == "recovered"


def test_a_unit_that_is_not_on_record_is_passed_over(unit: Unit) -> None:
    apply_findings([finding(unit.id + 1000, "a1"), finding(unit.id, "a1")])
    assert Fault.objects.get().unit_id == unit.id


def test_a_device_is_not_believed_beyond_a_bound(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_OPEN_FAULTS", 3)
    apply_findings([finding(unit.id, f"a{n}", part=f"disk:{n}") for n in range(5)])
    assert Fault.objects.count() == 3
    apply_findings([finding(unit.id, "a0", CLEARED, part="disk:0"), finding(unit.id, "a9", part="disk:9")])
    assert Fault.objects.filter(state="open").count() == 3


def test_a_finding_is_not_dearer_for_what_else_is_broken(unit: Unit) -> None:
    apply_findings([finding(unit.id, f"a{n}", part=f"disk:{n}") for n in range(50)])
    with CaptureQueriesContext(connection) as captured:
        apply_findings([finding(unit.id, "b", part="disk:b")])
    read = [q["sql"] for q in captured if '"evidence"' in q["sql"] and q["sql"].startswith("SELECT")]
    assert all("disk:b" in sql or "finding_id" in sql.partition("WHERE")[2] for sql in read), read


def test_a_thousand_findings_take_a_bounded_number_of_queries(unit: Unit) -> None:
    many = [finding(unit.id, f"f{n}", part=f"disk:{n % 250}", code=f"c{n // 250}") for n in range(400)]
    others = [finding(rows.unit().id, f"g{n}") for n in range(600)]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        apply_findings(many + others)
    assert Fault.objects.count() == 1000
    # SQLite takes 999 parameters a statement: some 40 rows each.
    assert len(captured) < 100, len(captured)
    changes = [
        finding(t.unit_id, t.finding_id, CHANGED, part=t.part, code=t.code, severity=1, seconds=9)
        for t in many + others
    ]
    with CaptureQueriesContext(connection) as captured:
        apply_findings(changes)
    assert Fault.objects.filter(severity=1).count() == 1000
    assert len(captured) < 100, len(captured)


def test_a_full_state_opens_what_stands_and_recovers_what_does_not(unit: Unit) -> None:
    other = rows.unit()
    apply_findings([finding(unit.id, "a1"), finding(unit.id, "a2", part="disk:S2"), finding(other.id, "x")])
    stands = finding(unit.id, "a1", severity=1, seconds=60)
    new = finding(unit.id, "a3", part="disk:S3", seconds=60)
    apply_full_states([full_state(unit.id, stands, new, seconds=60)])
    states = dict(Fault.objects.filter(unit=unit).values_list("part", "state"))
    assert states == {"disk:S1": "open", "disk:S2": "recovered", "disk:S3": "open"}
    assert Fault.objects.get(part="disk:S1", unit=unit).severity == 1
    assert Fault.objects.get(unit=other).state == "open"
    assert FaultEvent.objects.get(kind="recovered").detail == {"by": "full-state"}


def test_the_same_full_state_again_changes_nothing(unit: Unit) -> None:
    state = full_state(unit.id, finding(unit.id, "a1", seconds=60), seconds=60)
    assert apply_full_states([state]) == 1
    assert apply_full_states([state, state]) == 0


def test_a_full_state_knows_nothing_of_what_was_raised_after_it(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1", seconds=120)])
    apply_full_states([full_state(unit.id, seconds=60)])
    assert Fault.objects.get().state == "open"


def test_a_full_state_older_than_the_clearing_does_not_bring_it_back(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1"), finding(unit.id, "a1", CLEARED, seconds=120)])
    apply_full_states([full_state(unit.id, finding(unit.id, "a1"), seconds=60)])
    assert Fault.objects.get().state == "recovered"
    apply_full_states([full_state(unit.id, finding(unit.id, "a1", seconds=180), seconds=180)])
    assert [fault.state for fault in Fault.objects.order_by("id")] == ["recovered", "open"]


def test_a_restarted_device_goes_on_under_a_new_id(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1")])
    apply_full_states([full_state(unit.id, finding(unit.id, "n1"), seconds=60)])
    apply_findings([finding(unit.id, "n1", CLEARED, seconds=90)])
    assert kinds(Fault.objects.get()) == ["raised", "recovered"]


def test_the_contracts_answer_is_written_to_the_fault(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1")])
    fault = Fault.objects.get()
    record_coverage(fault.id, covered=False, clauses=("WAR-1", "SUP-1"), reason={"tr": "x", "en": "y"})
    fault.refresh_from_db()
    assert (fault.covered, fault.clauses, fault.reason) == (False, ["WAR-1", "SUP-1"], {"tr": "x", "en": "y"})


def lives(draw: st.DrawFn) -> list[tuple[str, Event, str, int]]:
    """What one honest device tells: each finding raised, perhaps changed, perhaps cleared."""
    told: list[tuple[str, Event, str, int]] = []
    standing: dict[str, str] = {}
    for number in range(draw(st.integers(1, 12))):
        part = draw(st.sampled_from(["disk:1", "disk:2", "raid:md0"]))
        if part not in standing:
            standing[part] = f"{number:x}"
            told.append((standing[part], RAISED, part, draw(st.integers(1, 3))))
        elif draw(st.booleans()):
            told.append((standing[part], CHANGED, part, draw(st.integers(1, 3))))
        else:
            told.append((standing.pop(part), CLEARED, part, 3))
    return told


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_duplicates_and_replays_end_in_the_same_faults(unit: Unit, data: st.DataObject) -> None:
    story = st.composite(lives)()
    told = data.draw(story)

    def events(unit_id: int) -> list[FindingTold]:
        return [
            finding(unit_id, i, e, part=p, severity=s, seconds=60 * n) for n, (i, e, p, s) in enumerate(told)
        ]

    def outcome(unit_id: int) -> list[tuple[str, str, int, int]]:
        faults = Fault.objects.filter(unit_id=unit_id).order_by("raised_at", "part")
        return list(faults.values_list("part", "state", "severity", "repeats"))

    once, often = rows.unit(), rows.unit()
    for event in events(once.id):
        apply_findings([event])
    mine = events(often.id)
    position = 0
    while position < len(mine):
        size = data.draw(st.integers(1, len(mine) - position))
        apply_findings(mine[position : position + size])
        position += size
        back = data.draw(st.integers(0, position))  # a replay from anywhere up to here
        apply_findings(mine[back:position])
    assert outcome(often.id) == outcome(once.id)
