"""Pages climb the rota until a person acknowledges, whatever fails or dies in between."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from logix_common.errors import InvalidInput
from logix_server.accounts.refusals import Forbidden
from logix_server.accounts.rights import Role
from logix_server.audit.models import Record
from logix_server.effects.models import Effect
from logix_server.oncall import pages, queries, sending
from logix_server.oncall.models import Page, PageTry

from tests.server.oncall.conftest import NIGHT, Desk, engineer
from tests.server.people import person

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at(minutes: float):
    return NIGHT + timedelta(minutes=minutes)


def test_it_calls_the_first_then_the_next_then_everyone_and_goes_on(desk: Desk) -> None:
    page = desk.page()
    for minute in range(0, 40, 5):
        desk.run(minute)
        desk.run(minute + 4)  # not before its time
    assert desk.called()[:2] == ["Ayse", "Mehmet"]
    assert sorted(desk.called()[2:5]) == ["Ayse", "Mehmet", "Zeynep"]
    page.refresh_from_db()
    assert (page.state, page.rounds) == ("exhausted", 3)  # at 10, 15 and 25 minutes
    exhausted = Effect.objects.filter(kind="page.exhausted").values_list("payload", flat=True)
    assert [payload["round"] for payload in exhausted] == [1, 2, 3]
    assert all(state == "sent" for _, state in desk.tries())
    assert len(set(desk.gateway.keys())) == len(desk.gateway.keys())


def test_each_is_told_in_their_language_with_a_link_of_their_own(desk: Desk) -> None:
    desk.page()
    desk.run(0)
    desk.run(5)
    first, second = (json.loads(each.body) for each in desk.gateway.received)
    assert (first["text"], second["text"]) == ("Disk arızalı", "A disk fails")
    assert first["link"].startswith("https://support.example/page/")
    assert first["link"] != second["link"]


def test_an_acknowledged_page_calls_nobody_any_more(desk: Desk) -> None:
    page = desk.page()
    desk.run(0)
    pages.acknowledge(page.pk, desk.mehmet, "link", now=at(1))
    pages.acknowledge(page.pk, desk.ayse, "link", now=at(2))  # the second one is too late, and told so
    for minute in (5, 10, 60):
        desk.run(minute)
    assert desk.called() == ["Ayse"]
    page.refresh_from_db()
    assert (page.state, page.acknowledged_by, page.state_at) == ("acknowledged", desk.mehmet, at(1))
    assert Effect.objects.filter(kind="page.acknowledged").count() == 1
    assert Record.objects.filter(action="page.acknowledge").count() == 1


@pytest.mark.parametrize("role", [Role.RELEASE_MANAGER, Role.DEALER, Role.CUSTOMER_ADMINISTRATOR])
def test_only_engineers_acknowledge(desk: Desk, role: str) -> None:
    page = desk.page()
    with pytest.raises(Forbidden):
        pages.acknowledge(page.pk, person(role), "link", now=NIGHT)
    desk.ayse.active = False
    with pytest.raises(Forbidden):
        pages.acknowledge(page.pk, desk.ayse, "link", now=NIGHT)
    with pytest.raises(InvalidInput):
        pages.acknowledge(page.pk + 1, desk.mehmet, "link", now=NIGHT)


def test_what_is_over_is_cancelled_at_its_next_step_and_calls_nobody(desk: Desk) -> None:
    page = desk.page()
    desk.run(0)
    desk.wanted = set()
    desk.run(5)
    page.refresh_from_db()
    assert (page.state, page.next_at) == ("cancelled", None)
    assert desk.called() == ["Ayse"]
    with pytest.raises(InvalidInput, match="over"):
        pages.acknowledge(page.pk, desk.ayse, "link", now=at(6))


def test_what_ended_while_a_try_was_waiting_does_not_leave(desk: Desk) -> None:
    desk.gateway.answer = lambda _request: (503, b"busy")
    desk.page()
    desk.run(0)
    desk.wanted = set()
    desk.run(1)  # the next attempt is due
    assert desk.called() == ["Ayse"]
    assert desk.tries() == [("Ayse", "failed"), ("Ayse", "dropped")]


def test_a_channel_that_fails_is_tried_again_under_the_same_key_then_the_next_is_called(desk: Desk) -> None:
    desk.gateway.answer = lambda _request: (503, b"busy")
    desk.page()
    for second in (0, 10, 20, 30, 45, 60):
        desk.run(second / 60)
    assert desk.called()[:3] == ["Ayse"] * 3
    assert len(set(desk.gateway.keys()[:3])) == 1
    assert PageTry.objects.filter(person=desk.ayse).order_by("-id").first().outcome == "answered 503: busy"
    assert "Mehmet" in desk.called(), "nothing arrived: nobody waits five minutes for that"


def test_a_refusal_for_good_goes_on_to_the_next_at_once(desk: Desk) -> None:
    desk.gateway.answer = lambda _request: (400, b"no such number")
    desk.page()
    desk.run(0)
    desk.run(0.5)
    assert desk.called() == ["Ayse", "Mehmet"]


def test_the_same_decision_twice_is_one_page_and_a_later_step_takes_over(desk: Desk) -> None:
    first = desk.page("a")
    again = pages.NewPage("a", first.about, {"tr": "x"})
    assert pages.call(again, now=NIGHT) is None
    desk.run(0)
    second = desk.page("b", at(2), first=[desk.manager.pk])
    first.refresh_from_db()
    assert first.state == "cancelled"
    for minute in (2, 7, 12):
        desk.run(minute)
    assert desk.called() == ["Ayse", "Zeynep", "Ayse", "Mehmet"]
    assert Page.objects.get(state="calling") == second


def test_a_page_for_which_everyone_is_called_stays_so(desk: Desk) -> None:
    desk.page("a")
    for minute in (0, 5, 10):
        desk.run(minute)
    desk.page("b", at(11))
    desk.run(11)
    assert sorted(desk.called()[-3:]) == ["Ayse", "Mehmet", "Zeynep"]


def test_a_gap_in_the_rota_calls_everyone_at_once(desk: Desk) -> None:
    from logix_server.oncall import actions
    from logix_server.oncall.actions import Change

    change = Change(at(-60), at(60), "", desk.ayse.email, "holiday")
    actions.override("Gece", change, actor="operator:test", now=NIGHT - timedelta(hours=2))
    actions.override(
        "Gece", Change(at(-60), at(60), "", desk.mehmet.email, "holiday"), actor="operator:test",
        now=NIGHT - timedelta(hours=2),
    )  # fmt: skip
    assert queries.on_call("profesyonel", NIGHT) == []
    desk.page()
    desk.run(0)
    assert desk.called() == ["Zeynep"]


def test_who_has_left_is_called_no_more(desk: Desk) -> None:
    desk.ayse.active = False
    desk.ayse.save()
    desk.page()
    desk.run(0)
    assert desk.called() == ["Mehmet"]


def test_a_test_calls_its_person_once_and_is_over(desk: Desk) -> None:
    page = desk.page(about="test:1", drill=True, first=[desk.mehmet.pk])
    for minute in (0, 5, 10):
        desk.run(minute)
    assert desk.called() == ["Mehmet"]
    page.refresh_from_db()
    assert page.state == "cancelled"


def test_a_process_that_died_while_sending_leaves_a_try_that_is_made_again(desk: Desk) -> None:
    desk.page()
    from logix_server.oncall import calling

    calls = desk.calls
    calling.climb(NIGHT, calls.pagers, calls.pace, calls.wanted)
    [claimed] = sending._claim(NIGHT, calls.wanted)  # … and here it is killed
    assert claimed.state == "sending"
    desk.run(0.2)
    assert desk.called() == [], "it may still be under way"
    desk.run(1)
    desk.run(1.5)
    assert desk.called() == ["Ayse"]
    assert desk.tries() == [("Ayse", "unknown"), ("Ayse", "sent")]


def test_many_processes_at_once_call_each_person_once(desk: Desk) -> None:
    for number in range(6):
        desk.page(f"k{number}", about=f"ticket:{number}")
    start, failed = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        try:
            desk.run(0)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    desk.run(0)
    assert desk.called() == ["Ayse"] * 6
    assert len(set(desk.gateway.keys())) == 6


def test_it_costs_few_questions_while_nothing_is_due(desk: Desk, django_assert_max_num_queries) -> None:
    for number in range(20):
        desk.page(f"k{number}", about=f"ticket:{number}")
    desk.run(0)
    with django_assert_max_num_queries(5):
        desk.run(1)


def test_a_manager_on_the_rota_is_called_as_one(desk: Desk) -> None:
    from tests.server.oncall.conftest import always

    always("Müdür", desk.manager, tier=2)
    extra = engineer("Elif")
    assert [one.person_id for one in queries.on_call("profesyonel", NIGHT)] == [
        desk.ayse.pk,
        desk.mehmet.pk,
        desk.manager.pk,
    ]
    assert extra.pk not in queries.managers()
