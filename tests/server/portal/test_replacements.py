"""Pages of replacements: the list, one from the request to its end, and what is not another customer's."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from logix_server.accounts.models import Person
from logix_server.fleet.models import Unit
from logix_server.replacements import actions, queries
from logix_server.replacements.actions import Wanted
from logix_server.replacements.models import Replacement
from logix_server.tickets.models import Ticket
from logix_server.visits import actions as visits
from logix_server.visits.judgement import Reach

from tests.server import rows
from tests.server.cli.conftest import console
from tests.server.people import person, signed_in
from tests.server.portal.story import device_with_a_story, ticket_of

__all__ = ["console"]
pytestmark = [pytest.mark.database, pytest.mark.django_db]


def _asked(ticket: Ticket, part: str = "", **more: str) -> str:
    wanted = Wanted(ticket.number, part, **more)
    return str(actions.request(wanted, actor="operator:test", now=datetime.now(UTC)).number)


def _customer(unit: Unit) -> Person:
    return person("customer-user", unit.installation.customer)


def _state(number: str) -> str:
    return queries.replacement(None, number).state


def _listed(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/replacements/{query}").content.decode()
    return re.findall(r'id="replacement-(RMA-\d+)"', page)


def _decide(client: Client, number: str, *, confirmed: str = "yes", cause: str = "defect") -> None:
    told = {"confirmed": confirmed, "cause": cause, "found": "Okuma kafası bozuk"}
    page = client.post(f"/replacements/{number}/decide/", told).content.decode()
    found = re.search(r'name="answered" value="([^"]+)"', page)
    assert found, page
    client.post(f"/replacements/{number}/decide/", told | {"answered": found[1]})


def test_the_list_is_narrowed() -> None:
    unit, other = device_with_a_story(), device_with_a_story()
    ticket = ticket_of(unit)
    disk, whole = _asked(ticket, "disk:A"), _asked(ticket_of(other))
    late = _asked(ticket, "disk:B")
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date()
    Replacement.objects.filter(number=late).update(state="shipped", return_due_on=yesterday)
    gone = _asked(ticket, "fan:1")
    actions.withdraw(gone, "mistake", actor="operator:test", now=datetime.now(UTC))
    client = signed_in("support-engineer")
    assert _listed(client) == [disk, whole, late]
    assert _listed(client, "?state=any") == [disk, whole, late, gone]
    assert _listed(client, "?state=late") == [late]
    assert _listed(client, "?state=withdrawn") == [gone]
    assert _listed(client, f"?device={other.serial}") == [whole]
    assert _listed(client, f"?state=any&ticket={ticket.number.lower()}") == [disk, late, gone]
    assert "gecikti" in client.get("/replacements/?state=late").content.decode()


@pytest.mark.parametrize(
    "query", ["?state=burnt&page=-1", "?device=%00&ticket=%00", f"?ticket={'a' * 999}", "?page=99999999"]
)
def test_a_hostile_address_is_answered(query: str) -> None:
    client = signed_in("support-engineer")
    assert client.get(f"/replacements/{query}").status_code == 200
    assert client.get(f"/replacements/new/{query}").status_code == 200
    assert client.get("/replacements/%00/").status_code == 404


def test_a_request_begins_with_what_the_ticket_says() -> None:
    unit = device_with_a_story()
    ticket = ticket_of(unit)
    client = signed_in("support-engineer")
    query = f"?ticket={ticket.number}&part=disk:A&fault=disk.pending-sectors"
    form = client.get(f"/replacements/new/{query}").content.decode()
    assert f'value="{ticket.number}"' in form and 'value="disk:A"' in form
    assert re.search(r'<option value="disk.pending-sectors" selected', form)
    told = {"ticket": ticket.number, "part": "disk:A", "fault": "disk.pending-sectors", "why": "clicks"}
    answer = client.post("/replacements/new/", told)
    one = Replacement.objects.get()
    assert answer.headers["Location"] == f"/replacements/{one.number}/"
    assert (one.part, one.fault_code, one.whole_unit) == ("disk:A", "disk.pending-sectors", False)
    again = client.post("/replacements/new/", told)
    assert again.status_code == 422 and "clicks" in again.content.decode()
    for wrong in ({"ticket": "LGX-2026-999999"}, {"ticket": "x"}, {"fault": "no.such"}, {"part": "x" * 201}):
        assert client.post("/replacements/new/", told | wrong).status_code == 422
    assert Replacement.objects.count() == 1


def test_nothing_is_decided_before_the_contracts_answer_was_seen() -> None:
    number = _asked(ticket_of(device_with_a_story()), "disk:A")
    client = signed_in("support-engineer")
    told = {"confirmed": "yes", "cause": "breakage", "found": "Düşürülmüş"}
    seen = client.post(f"/replacements/{number}/decide/", told)
    page = seen.content.decode()
    assert (seen.status_code, _state(number)) == (200, "requested")
    assert "WAR-5" in page and "Düşürülmüş" in page
    key = re.search(r'name="answered" value="([^"]+)"', page)
    assert key
    # Another cause than the one whose answer was shown: the new answer is shown first.
    other = client.post(
        f"/replacements/{number}/decide/", told | {"cause": "defect", "answered": key[1]}
    ).content.decode()
    assert _state(number) == "requested" and "WAR-11" in other
    client.post(f"/replacements/{number}/decide/", told | {"answered": key[1]})
    assert _state(number) == "refused"
    one = client.get(f"/replacements/{number}/").content.decode()
    assert "WAR-5" in one and "Düşürülmüş" in one
    again = client.post(f"/replacements/{number}/decide/", told | {"answered": key[1]})
    assert again.status_code == 422 and "zaten reddedildi" in again.content.decode()
    _decide(client, number)  # more is known of the cause
    assert _state(number) == "confirmed"


@pytest.mark.parametrize("address", ["/replacements/", "/visits/"])
def test_a_longer_list_takes_no_more_queries(address: str) -> None:
    client = signed_in("support-engineer")

    def taken() -> int:
        _asked(ticket := ticket_of(device_with_a_story()))
        visits.request(ticket.number, "x", Reach.OPENED, actor="operator:test", now=datetime.now(UTC))
        with CaptureQueriesContext(connection) as made:
            assert client.get(address).status_code == 200
        return len(made)

    taken()  # what is asked once a process
    assert taken() == taken() < 20


def test_in_advance_from_the_request_to_the_end_with_a_new_unit(console: object) -> None:
    unit = device_with_a_story()
    number = _asked(ticket_of(unit))
    client = signed_in("support-engineer")
    _decide(client, number)
    page = client.get(f"/replacements/{number}/").content.decode()
    assert f"/replacements/{number}/ship/" in page and f"/replacements/{number}/receive/" not in page
    client.post(f"/replacements/{number}/ship/", {"carrier": "Aras", "tracking": "TR1"})
    assert _state(number) == "shipped"
    taken = client.post(f"/replacements/{number}/unit/", {"serial": unit.serial})
    assert taken.status_code == 422 and _state(number) == "shipped"
    fitted = client.post(f"/replacements/{number}/unit/", {"serial": "LGX-NEW"})
    assert fitted.headers["Cache-Control"] == "no-store"
    found = re.search(r'href="data:application/json;base64,([^"]+)"', fitted.content.decode())
    assert found
    bundle = json.loads(base64.b64decode(found[1]))
    assert bundle["serial"] == "LGX-NEW"
    again = client.post(f"/replacements/{number}/unit/", {"serial": "LGX-NEW"})
    assert again.status_code == 422
    for later in (again, client.get(f"/replacements/{number}/")):
        assert bundle["token"] not in later.content.decode() and "base64" not in later.content.decode()
    wrong = client.post(f"/replacements/{number}/receive/", {"serial": "LGX-OTHER"})
    assert wrong.status_code == 422
    client.post(f"/replacements/{number}/receive/", {"serial": unit.serial})
    client.post(f"/replacements/{number}/close/", {})
    assert _state(number) == "closed"
    assert _listed(client, f"?state=any&device={unit.serial}") == [number]
    assert _listed(client, "?state=any&device=LGX-NEW") == [number]


def test_after_return_a_part_is_repaired() -> None:
    number = _asked(ticket_of(device_with_a_story("temel"), 3), "disk:A")
    client = signed_in("vendor-manager")
    _decide(client, number)
    assert client.post(f"/replacements/{number}/ship/", {}).status_code == 422  # the faulty one comes first
    client.post(f"/replacements/{number}/receive/", {"serial": "A"})
    client.post(f"/replacements/{number}/repaired/", {"why": "Lehim"})
    client.post(f"/replacements/{number}/close/", {})
    assert _state(number) == "closed"
    assert "Lehim" in client.get(f"/replacements/{number}/").content.decode()


def test_a_faulty_one_that_is_owed_is_written_off_with_a_reason_only(console: object) -> None:
    number = _asked(ticket_of(device_with_a_story()), "disk:A")
    client = signed_in("support-engineer")
    _decide(client, number)
    client.post(f"/replacements/{number}/ship/", {})
    client.post(f"/replacements/{number}/part/", {"serial": "S9"})
    assert client.post(f"/replacements/{number}/close/", {}).status_code == 422
    client.post(f"/replacements/{number}/close/", {"why": "Yolda kayboldu"})
    assert _state(number) == "closed"


def test_a_customer_asks_and_follows_but_does_nothing_more() -> None:
    unit = device_with_a_story()
    ticket = ticket_of(unit)
    customer = signed_in(_customer(unit))
    number = _asked(ticket, "disk:A", why="for our eyes only")
    _decide(signed_in("support-engineer"), number)
    page = customer.get(f"/replacements/{number}/").content.decode()
    assert "Okuma kafası bozuk" in page and "WAR-7" in page
    assert "for our eyes only" not in page and "<details" not in page
    assert _listed(customer) == [number]
    for what in ("decide", "ship", "receive", "unit", "part", "repaired", "withdraw", "close"):
        assert customer.post(f"/replacements/{number}/{what}/", {}).status_code == 403
    asked = customer.post("/replacements/new/", {"ticket": ticket.number, "part": "fan:1"})
    assert asked.status_code == 302 and Replacement.objects.count() == 2


def test_another_customers_is_not_there() -> None:
    unit = device_with_a_story()
    ticket = ticket_of(unit)
    number = _asked(ticket, "disk:A")
    strangers = (person("customer-administrator", rows.customer()), person("dealer"))
    for stranger in map(signed_in, strangers):
        assert _listed(stranger, "?state=any") == []
        assert _listed(stranger, f"?device={unit.serial}") == []
        assert stranger.get(f"/replacements/{number}/").status_code == 404
        assert stranger.post(f"/replacements/{number}/ship/", {}).status_code == 403
        asked = stranger.post("/replacements/new/", {"ticket": ticket.number})
        assert asked.status_code == 422
    assert Replacement.objects.count() == 1


def test_a_ticket_leads_to_its_replacements_and_visits() -> None:
    unit = device_with_a_story()
    ticket = ticket_of(unit)
    number = _asked(ticket, "disk:A")
    visit = visits.request(
        ticket.number, "for us", Reach.OPENED, actor="operator:test", now=datetime.now(UTC)
    ).number
    address = f"/tickets/{ticket.number}/"
    ours = signed_in("support-engineer").get(address).content.decode()
    theirs = signed_in(_customer(unit)).get(address).content.decode()
    for page in (ours, theirs):
        assert f'href="/replacements/{number}/"' in page and f'href="/visits/{visit}/"' in page
    asks = f"/replacements/new/?ticket={ticket.number}"
    assert asks in ours and asks not in theirs  # customers have their own form on the page
    assert asks not in signed_in("release-manager").get(address).content.decode()
