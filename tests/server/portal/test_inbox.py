"""The inbox: mails that wait, and where people send them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from logix_server.accounts.models import Person
from logix_server.audit.models import Record
from logix_server.fleet.models import Unit
from logix_server.mail.models import IncomingMail
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.mail.raw_mails import raw
from tests.server.people import person, signed_in
from tests.server.portal.story import device_with_a_story, ticket_of
from tests.server.tickets.correspondence.desk import bring

pytestmark = [pytest.mark.database, pytest.mark.django_db]

WORDS = "Cihaz açılmıyor. <script>alert(1)</script>"


def _stranger(number: int = 1) -> IncomingMail:
    """A mail of nobody that we know, an hour ago."""
    told = raw(f"stranger{number}@elsewhere.example", WORDS, message_id=f"{number}@elsewhere.example")
    mail = bring(told, datetime.now(UTC) - timedelta(hours=1))
    assert mail.state == "quarantined"
    return mail


def _customer(unit: Unit) -> Person:
    return person("customer-user", unit.installation.customer)


def _listed(client: Client, query: str = "") -> list[int]:
    page = client.get(f"/inbox/{query}").content.decode()
    return [int(found) for found in re.findall(r'id="mail-(\d+)"', page)]


def _state(mail: IncomingMail) -> str:
    mail.refresh_from_db()
    return mail.state


def test_what_waits_is_listed_and_shown_as_text_with_the_reason() -> None:
    first, second = _stranger(1), _stranger(2)
    client = signed_in("support-engineer")
    assert _listed(client) == [first.pk, second.pk]
    assert _listed(client, "?state=quarantined") == [first.pk, second.pk]
    assert _listed(client, "?state=filed") == []
    assert client.get("/inbox/?state=burnt&page=-4").status_code == 200
    page = client.get(f"/inbox/{first.pk}/").content.decode()
    assert "Cihaz açılmıyor." in page and "<script>alert" not in page
    assert "stranger1@elsewhere.example" in page and "Gönderen tanınmıyor" in page
    assert client.get(f"/inbox/{10**30}/").status_code == 404


def test_a_mail_is_put_on_a_ticket_in_somebodys_name_or_the_own() -> None:
    unit = device_with_a_story()
    ticket, who = ticket_of(unit), _customer(unit)
    client = signed_in("support-engineer")
    first, second = _stranger(1), _stranger(2)
    told = {"number": f" {ticket.number.lower()} ", "person": who.email}
    answer = client.post(f"/inbox/{first.pk}/release/", told)
    assert answer.headers["Location"] == f"/tickets/{ticket.number}/"
    assert _state(first) == "filed"
    assert client.post(f"/inbox/{second.pk}/release/", {"number": ticket.number}).status_code == 302
    again = client.post(f"/inbox/{first.pk}/release/", told)
    assert again.status_code == 422
    said = [event.detail.get("text", "") for event in ticket.events.all()]
    assert sum("açılmıyor" in text for text in said) == 2


def test_a_mail_opens_a_ticket_as_of_its_arrival() -> None:
    unit = device_with_a_story()
    who = _customer(unit)
    mail = _stranger()
    client = signed_in("support-engineer")
    answer = client.post(f"/inbox/{mail.pk}/open/", {"serial": unit.serial, "person": who.email})
    ticket = Ticket.objects.get()
    assert answer.headers["Location"] == f"/tickets/{ticket.number}/"
    assert (ticket.opened_at, ticket.reporter, ticket.origin) == (mail.received_at, who, "mail")


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("release", {"number": "LGX-2026-999999"}),
        ("release", {"number": "x"}),
        ("release", {"number": "", "person": "no address"}),
        ("open", {"serial": "no-such", "person": "CUSTOMER"}),
        ("open", {"serial": "SERIAL", "person": "nobody@elsewhere.example"}),
        ("open", {"serial": "SERIAL", "person": ""}),  # the sender is nobody
        ("open", {"serial": "\0", "person": "CUSTOMER"}),
        ("discard", {"why": ""}),
        ("discard", {"why": "x" * 501}),
    ],
)
def test_what_cannot_be_done_is_told_and_the_mail_waits_on(what: str, told: dict[str, str]) -> None:
    unit = device_with_a_story()
    known = {"SERIAL": unit.serial, "CUSTOMER": _customer(unit).email}
    mail = _stranger()
    sent = {name: known.get(value, value) for name, value in told.items()}
    answer = signed_in("support-engineer").post(f"/inbox/{mail.pk}/{what}/", sent)
    assert answer.status_code == 422 and "errorlist" in answer.content.decode()
    assert _state(mail) == "quarantined" and not Ticket.objects.exists()


def test_another_customers_ticket_takes_no_words_in_somebodys_name() -> None:
    ticket, stranger = ticket_of(device_with_a_story()), person("customer-user")
    mail = _stranger()
    told = {"number": ticket.number, "person": stranger.email}
    assert signed_in("support-engineer").post(f"/inbox/{mail.pk}/release/", told).status_code == 422
    assert _state(mail) == "quarantined"


def test_what_the_contract_does_not_give_is_told_with_its_clauses() -> None:
    lapsed = rows.unit()
    mail = _stranger()
    told = {"serial": lapsed.serial, "person": _customer(lapsed).email}
    answer = signed_in("support-engineer").post(f"/inbox/{mail.pk}/open/", told)
    assert answer.status_code == 422 and "SUP-1" in answer.content.decode()
    assert _state(mail) == "quarantined"


def test_a_mail_is_discarded_with_a_reason_and_can_be_released_later() -> None:
    mail, ticket = _stranger(), ticket_of(device_with_a_story())
    client = signed_in("vendor-manager")
    assert client.post(f"/inbox/{mail.pk}/discard/", {"why": "spam"}).headers["Location"] == "/inbox/"
    assert (_state(mail), _listed(client), _listed(client, "?state=discarded")) == (
        "discarded",
        [],
        [mail.pk],
    )
    assert Record.objects.get(action="mail.discard").detail["why"] == "spam"
    client.post(f"/inbox/{mail.pk}/release/", {"number": ticket.number})
    assert _state(mail) == "filed"


@pytest.mark.parametrize("role", ["release-manager", "dealer", "customer-administrator", "customer-user"])
def test_nobody_else_sees_or_decides(role: str) -> None:
    mail = _stranger()
    other = signed_in(role)
    assert other.get("/inbox/").status_code == other.get(f"/inbox/{mail.pk}/").status_code == 403
    for what in ("release", "open", "discard"):
        assert other.post(f"/inbox/{mail.pk}/{what}/", {"why": "x"}).status_code == 403
    assert _state(mail) == "quarantined"
