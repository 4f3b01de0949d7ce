"""The job that reminds, and the list of what ends: rows in, notices for customer and dealer out, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from logix_server.contracts import actions
from logix_server.contracts.decisions.endings import What
from logix_server.contracts.decisions.reminders import Steps
from logix_server.contracts.expiry import expiring
from logix_server.contracts.models import Reminder
from logix_server.contracts.reminding import remind
from logix_server.effects.dispatch import run_pending
from logix_server.effects.models import Effect
from logix_server.fleet.models import Inventory, Unit
from logix_server.tickets.models import Notice

from tests.server import rows

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LAST = date(2027, 1, 10)  # of the first year's Temel and updates
STEPS = Steps()


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)


@pytest.fixture
def unit() -> Unit:
    unit = rows.unit(rows.customer(dealer=True))
    rows.contract(unit)
    return unit


def run(days_before: int) -> list[Notice]:
    """The job and the effects on that day; the notices that are new."""
    now = noon(LAST - timedelta(days_before))
    before = set(Notice.objects.values_list("id", flat=True))
    remind(now, STEPS)
    while run_pending(now):
        pass
    assert not Effect.objects.filter(done_at__isnull=True).exists()
    return list(Notice.objects.exclude(id__in=before).order_by("id"))


def test_customer_and_dealer_are_told_once_a_step_in_both_languages(unit: Unit) -> None:
    assert run(91) == []
    told = run(90)
    customer = unit.installation.customer
    assert {notice.organisation_id for notice in told} == {customer.id, customer.dealer_id}
    assert len(told) == 4  # update service and Temel, to each
    updates = next(notice for notice in told if "UPD-3" in notice.clauses)
    assert unit.serial in updates.text["tr"]
    assert unit.serial in updates.text["en"]
    assert "10 January 2027" in updates.text["en"]
    assert updates.text["tr"] != updates.text["en"]
    assert [run(days) for days in (90, 60, 31)] == [[], [], []]
    assert len(run(5)) == 4  # 30 and 7 went by: one, the nearest
    ended = run(-1)
    assert {notice.kind for notice in ended} == {"contract-ended"}
    assert [len(run(days)) for days in (-2, -29, -40)] == [0, 0, 0]
    assert Reminder.objects.filter(what=What.UPDATES).count() == 3


def test_a_renewal_between_the_job_and_the_notice_silences_it(unit: Unit) -> None:
    now = noon(LAST - timedelta(30))
    assert remind(now, STEPS) == 2
    actions.renew_updates(unit.installation_id, date(2027, 1, 11), 1, now=now, actor="operator:ayse")
    while run_pending(now):
        pass
    assert [notice.clauses[0] for notice in Notice.objects.all()] == ["SUP-1", "SUP-1"]
    assert [notice for notice in run(5) if "UPD-3" in notice.clauses] == []


def test_killed_before_the_commit_it_starts_again_and_doubles_nothing(unit: Unit) -> None:
    now = noon(LAST)
    with pytest.raises(RuntimeError), transaction.atomic():
        remind(now, STEPS)
        raise RuntimeError("killed")
    assert (Reminder.objects.count(), Effect.objects.count()) == (0, 0)
    assert [remind(now, STEPS), remind(now, STEPS)] == [2, 0]
    assert Effect.objects.count() == 2
    row = Reminder.objects.first()
    assert row is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(
            installation=row.installation,
            what=row.what,
            last_day=row.last_day,
            step=row.step,
            recorded_at=now,
            recorded_by="x",
        )


def test_lif_4_an_announcement_and_a_later_one_are_told_apart(unit: Unit) -> None:
    now = noon(date(2026, 3, 2))
    actions.announce_lifecycle(unit.model, date(2026, 12, 1), None, now=now, actor="operator:ayse")
    assert [remind(now, STEPS), remind(now, STEPS)] == [1, 0]
    actions.announce_lifecycle(unit.model, date(2027, 2, 1), None, now=now, actor="operator:ayse")
    assert remind(now, STEPS) == 1
    while run_pending(now):
        pass
    assert {notice.clauses[0] for notice in Notice.objects.all()} == {"LIF-2"}
    assert Notice.objects.count() == 2  # only what is still announced


def test_the_list_names_what_ends_and_whose_it_is(unit: Unit) -> None:
    lapsed, gone = rows.unit(), rows.unit()
    rows.contract(lapsed, purchased_on=date(2020, 1, 1))
    rows.contract(gone)
    Unit.objects.filter(id=gone.id).update(state=Unit.State.DECOMMISSIONED)
    for version, released_on in (("7.1", date(2025, 1, 1)), ("7.2", date(2026, 1, 20))):
        actions.release_version(unit.model, version, released_on, now=rows.NOW, actor="operator:ayse")
    for number, version in enumerate(("7.0", "7.1.3")):
        Inventory.objects.create(
            unit=unit, received_at=rows.NOW, digest=str(number), product_version=version, content={}
        )
    found = expiring(LAST - timedelta(10), 20)
    assert [(one.unit.serial, one.ending.what, one.days_left, one.ending.clauses[0]) for one in found] == [
        (unit.serial, What.UPDATES, 10, "UPD-3"),
        (unit.serial, What.TEMEL, 10, "SUP-1"),
        (unit.serial, What.VERSION, 20, "UPD-7"),
    ]
    assert found[0].unit.dealer == unit.installation.customer.dealer.name
    assert expiring(LAST - timedelta(10), 20, customer=lapsed.installation.customer.name) == []


def test_a_thousand_places_cost_as_many_queries_as_one(django_assert_max_num_queries: Any) -> None:
    for _ in range(30):
        rows.contract(rows.unit())
    with django_assert_max_num_queries(6):
        assert len(expiring(LAST, 0)) == 60
