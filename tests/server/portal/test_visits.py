"""Pages of visits and agreements: asked for, agreed, done; and what is not another customer's."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from logix_server.fleet.models import Unit
from logix_server.tickets.models import Ticket
from logix_server.visits import actions, agreements, queries
from logix_server.visits.agreements import Agreed
from logix_server.visits.judgement import Reach
from logix_server.visits.models import Visit

from tests.server import rows
from tests.server.people import person, signed_in
from tests.server.portal.story import device_with_a_story, ticket_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def _asked(ticket: Ticket) -> str:
    by: dict[str, Any] = {"actor": "user:somebody", "now": datetime.now(UTC)}
    return str(actions.request(ticket.number, "for our eyes only", Reach.OPENED, **by).number)


def _time(days: int, **more: str) -> dict[str, str]:
    starts = datetime.now(UTC) + timedelta(days=days)
    told = {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}
    moments = {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in told.items()}
    return {"engineer": "Ayşe", "agreed_with": "Mehmet", **moments, **more}


def _listed(client: Client, query: str = "") -> list[str]:
    return re.findall(r'id="visit-(VIS-\d+)"', client.get(f"/visits/{query}").content.decode())


def test_the_plan_shows_what_is_next() -> None:
    first, second = ticket_of(device_with_a_story()), ticket_of(device_with_a_story())
    later, sooner, done = _asked(first), _asked(second), _asked(first)
    client = signed_in("support-engineer")
    for number, days in ((later, 9), (sooner, 2), (done, 1)):
        assert client.post(f"/visits/{number}/agree/", _time(days)).status_code == 302
    client.post(f"/visits/{done}/done/", {"report": "Fan değişti"})
    assert _listed(client) == [sooner, later]
    assert _listed(client, "?state=done") == [done]
    assert _listed(client, "?state=any") == [done, sooner, later]
    assert _listed(client, f"?ticket={second.number}") == [sooner]
    assert _listed(client, f"?customer={second.installation.customer.name.upper()}") == [sooner]
    assert _listed(client, "?customer=%00&state=burnt") == [sooner, later]


def test_a_visit_from_the_request_to_the_report() -> None:
    ticket = ticket_of(device_with_a_story())
    client = signed_in("support-engineer")
    assert f'value="{ticket.number}"' in client.get(f"/visits/new/?ticket={ticket.number}").content.decode()
    told = {"ticket": ticket.number, "why": "Portlara bakılmalı", "reach": "opened"}
    asked = client.post("/visits/new/", told)
    number = asked.headers["Location"].split("/")[2]
    assert client.post("/visits/new/", told).status_code == 422  # one is under way
    assert client.post(f"/visits/{number}/done/", {"report": "x"}).status_code == 422  # none was agreed
    client.post(f"/visits/{number}/agree/", _time(3))
    assert "Mehmet" in client.get(f"/visits/{number}/").content.decode()
    client.post(f"/visits/{number}/agree/", _time(4, agreed_with="Zeynep"))
    client.post(f"/visits/{number}/done/", {"report": "Kablo yenilendi"})
    page = client.get(f"/visits/{number}/").content.decode()
    assert "Kablo yenilendi" in page and "<details" not in page
    assert queries.visit(None, number).agreed_with == "Zeynep"


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": "0001-01-01T00:00"},
        {"ends_at": "9999-12-31T23:59"},
        {"starts_at": "x" * 9999},
        {"starts_at": "-2026-01-01T00:00"},
        {"ends_at": "2026-01-01T00:00"},
        {"engineer": ""},
        {"agreed_with": "x" * 201},
        {"starts_at": "2190-01-01T00:00", "ends_at": "2190-01-02T00:00"},
    ],
)
def test_a_time_that_is_none_is_told_and_what_was_typed_stays(change: dict[str, str]) -> None:
    number = _asked(ticket_of(device_with_a_story()))
    answer = signed_in("support-engineer").post(f"/visits/{number}/agree/", _time(3) | change)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert queries.visit(None, number).state == "requested"


@pytest.mark.parametrize(
    ("package", "reach", "clause"), [("temel", "opened", "MAT-16"), ("profesyonel", "closed", "SUP-5")]
)
def test_what_the_terms_do_not_give_is_refused_with_its_clause(package: str, reach: str, clause: str) -> None:
    unit = device_with_a_story(package)
    told = {"ticket": ticket_of(unit, 3).number, "why": "Gelin", "reach": reach}
    customer = signed_in(person("customer-user", unit.installation.customer))
    page = customer.post("/visits/new/", told, follow=True).content.decode()
    assert clause in page
    assert Visit.objects.get().state == "refused"


def test_a_customer_follows_and_does_nothing_more() -> None:
    unit = device_with_a_story()
    number = _asked(ticket_of(unit))
    customer = signed_in(person("customer-user", unit.installation.customer))
    signed_in("support-engineer").post(f"/visits/{number}/agree/", _time(3))
    page = customer.get(f"/visits/{number}/").content.decode()
    assert "Ayşe" in page and "for our eyes only" not in page and "<details" not in page
    assert "for our eyes only" not in customer.get("/visits/").content.decode()
    for what in ("agree", "done", "cancel"):
        assert customer.post(f"/visits/{number}/{what}/", _time(5)).status_code == 403


def _agreement(unit: Unit) -> None:
    today = datetime.now(UTC).date()
    agreed = Agreed(today, date(today.year + 1, 12, 31), 3, "Filtreler")
    agreements.record_agreement(unit.installation, agreed, actor="operator:test", now=datetime.now(UTC))


def test_another_customers_is_not_there() -> None:
    unit = device_with_a_story()
    ticket = ticket_of(unit)
    number = _asked(ticket)
    _agreement(unit)
    name = unit.installation.customer.name
    for ours in (person("support-engineer"), person("customer-user", unit.installation.customer)):
        assert name in signed_in(ours).get("/agreements/").content.decode()
    for stranger in map(signed_in, (person("customer-administrator", rows.customer()), person("dealer"))):
        assert _listed(stranger, "?state=any") == []
        assert name not in stranger.get(f"/agreements/?customer={name}").content.decode().split("</form>")[-1]
        assert stranger.get(f"/visits/{number}/").status_code == 404
        assert stranger.post(f"/visits/{number}/cancel/", {"why": "x"}).status_code == 403
        told = {"ticket": ticket.number, "why": "x", "reach": "opened"}
        assert stranger.post("/visits/new/", told).status_code == 422
    assert Visit.objects.count() == 1
