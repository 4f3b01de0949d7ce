"""The queue page: tabs, filters, order, live; whatever the address says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from logix_server.accounts.access import viewer
from logix_server.tickets.desk import assignment, handling
from logix_server.tickets.lifecycle import TicketState

from tests.server.people import person, signed_in
from tests.server.portal.story import device_with_a_story, ticket_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def shown(client: Client, query: str = "", **more: Any) -> list[str]:
    page = client.get(f"/queue/{query}", **more).content.decode()
    return re.findall(r'id="ticket-(LGX-\d+-\d+)"', page)


def test_tabs_filters_and_order() -> None:
    engineer = person("support-engineer")
    unit, other = device_with_a_story("standart"), device_with_a_story("profesyonel")
    low, mine = ticket_of(unit, 3), ticket_of(unit, 2)
    high, solved = ticket_of(other, 2, subject="Güç kaynağı"), ticket_of(other, 1)
    now, who = datetime.now(UTC), viewer(engineer)
    assignment.take(who, mine.number, now=now)
    handling.answer(who, solved.number, "Done", now=now, then=handling.Next(TicketState.SOLVED))
    client = signed_in(engineer)
    assert shown(client) == [high.number, mine.number, low.number]  # SUP-7: level, then package
    assert shown(client, "?tab=mine") == [mine.number]
    assert shown(client, "?tab=unassigned") == [high.number, low.number]
    assert shown(client, "?level=3") == [low.number]
    assert shown(client, "?package=profesyonel") == [high.number]
    assert shown(client, "?state=solved") == [solved.number]
    assert shown(client, "?state=any&tab=all&level=1") == [solved.number]
    assert shown(client, f"?customer={unit.installation.customer_id}") == [mine.number, low.number]
    assert shown(client, f"?serial={other.serial}") == [high.number]
    assert shown(client, "?text=GUC kaynagi") == [high.number]
    page = client.get("/queue/?tab=mine&level=2").content.decode()
    assert 'href="?tab=unassigned&amp;level=2"' in page


@pytest.mark.parametrize(
    "query",
    [
        "?tab=others&level=9&package=gold&state=lost&customer=x&page=-1",
        "?page=99999999999&customer=999999999999999999999",
        "?text=%00&serial=%00",
        f"?text={'a' * 5000}",
        "?page=2&page=x&tab=",
    ],
)
def test_an_address_of_somebody_s_making_shows_a_list(query: str) -> None:
    number = ticket_of(device_with_a_story()).number
    answer = signed_in("support-engineer").get(f"/queue/{query}")
    assert answer.status_code == 200
    assert "page=99" not in query or number in answer.content.decode()


def test_an_empty_list_says_why() -> None:
    client = signed_in("support-engineer")
    empty = client.get("/queue/").content.decode()
    assert "Burada bekleyen kayıt yok." in empty
    assert "Süzgeci temizle" not in empty
    assert "Süzgeci temizle" in client.get("/queue/?level=1").content.decode()


def test_the_queue_costs_few_queries_however_long_it_is() -> None:
    unit = device_with_a_story()
    client = signed_in("support-engineer")

    def cost() -> int:
        with CaptureQueriesContext(connection) as made:
            client.get("/queue/")
        return len(made)

    ticket_of(unit)
    one = cost()
    for _ in range(10):
        ticket_of(unit)
    assert cost() == one < 20


def test_time_left_is_said_in_words() -> None:
    ticket_of(device_with_a_story("profesyonel"), 1)
    page = signed_in("support-engineer").get("/queue/").content.decode()
    assert re.search(r'<span class="chip time-near">1[45] dk kaldı</span>', page)
