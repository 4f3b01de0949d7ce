"""Tickets that people ask for: the contract's yes and no, the level, the clock, the reporter."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts.access import Forbidden, NotFound
from logix_server.audit.models import Record
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.contracts.decisions.terms import ISTANBUL
from logix_server.effects.models import Effect
from logix_server.fleet.models import Installation
from logix_server.tickets.desk.requests import open_as, open_request
from logix_server.tickets.models import Ticket, TicketEvent

from tests.server import people, rows
from tests.server.rows import NOW
from tests.server.tickets.asked_for import asked, covered, customer_of, dealer_of, kinds, opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BY = "operator:ayse"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def test_a_request_becomes_a_ticket_with_its_text_as_the_first_message() -> None:
    unit = covered()
    ticket = opened(unit, answers={"PRI-3": 2, "PRI-6": 3})
    ticket.refresh_from_db()
    assert (ticket.number, ticket.origin, ticket.state) == ("LGX-2026-000001", "web", "new")
    assert (ticket.level, ticket.level_clauses) == (2, ["PRI-3"])
    assert ticket.level_answers == {"PRI-3": 2, "PRI-6": 3}
    assert (ticket.package, ticket.part, ticket.component) == ("standart", "", "system")
    assert (ticket.deadline, ticket.deadline_clauses) == (at("2026-03-02T14:00"), ["MAT-7", "MAT-1"])
    assert ticket.clauses == ["MAT-2", "SUP-2"]
    assert ticket.subject == {"tr": "Internet is slow", "en": "Internet is slow"}
    assert kinds(ticket) == ["opened", "message"]
    message = TicketEvent.objects.get(kind="message")
    assert (message.public, message.detail["text"]) == (True, "Since this morning.\nPlease help.")
    assert Record.objects.get(action="ticket.open").actor == BY
    assert Effect.objects.filter(kind="ticket.opened", payload={"ticket_id": ticket.pk}).count() == 1


def test_pri_6_without_an_answer_a_ticket_is_of_level_3() -> None:
    ticket = opened()
    assert (ticket.level, ticket.level_clauses, ticket.level_answers) == (3, ["PRI-6"], {})


def test_sup_1_what_is_not_covered_is_refused_with_its_clauses_and_kept_in_the_audit() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2023, 1, 10))
    with pytest.raises(NotCovered) as refused:
        open_request(asked(unit), actor=BY, now=NOW)
    assert [reason.clause for reason in refused.value.reasons] == ["SUP-1"]
    assert Ticket.objects.count() == 0
    kept = Record.objects.get(action="ticket.refused")
    assert (kept.detail["clauses"], kept.subject) == (["SUP-1"], f"installation:{unit.installation_id}")
    assert set(kept.detail["reason"]) == {"tr", "en"}


def test_reading_6_a_fault_of_hardware_under_warranty_needs_no_package() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2024, 6, 1))
    with pytest.raises(NotCovered):
        open_request(asked(unit), actor=BY, now=NOW)
    ticket = open_request(asked(unit, answers={"PRI-4": 2}), actor=BY, now=NOW)
    assert (ticket.clauses, ticket.deadline) == (["WAR-1"], None)


def test_the_clock_starts_when_the_mail_came() -> None:
    came, read = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
    ticket = opened(now=read, origin="mail", received_at=came)
    assert (ticket.opened_at, ticket.deadline) == (came, at("2026-03-02T17:00"))
    assert Record.objects.get(action="ticket.open").at == read


def test_a_deadline_that_passed_on_the_way_is_missed_at_once() -> None:
    ticket = opened(now=NOW + timedelta(days=4), origin="mail", received_at=NOW)
    ticket.refresh_from_db()
    assert ticket.missed_at == ticket.deadline == at("2026-03-02T16:00")
    assert "deadline-missed" in kinds(ticket)


@pytest.mark.parametrize(
    ("told", "opened_at"),
    [(NOW + timedelta(days=900), NOW), (NOW - timedelta(days=900), NOW - timedelta(days=30))],
)
def test_a_clock_that_lies_moves_nothing_far(told: datetime, opened_at: datetime) -> None:
    assert opened(received_at=told).opened_at == opened_at


def test_what_was_covered_when_it_came_is_taken() -> None:
    unit = rows.unit()
    rows.contract(
        unit,
        purchased_on=date(2024, 3, 1),
        package="standart",
        package_from=date(2024, 3, 1),
        package_years=3,
    )
    lapse = at("2025-03-01T23:59")
    ticket = open_request(asked(unit, received_at=lapse), actor=BY, now=lapse + timedelta(hours=2))
    assert ticket.opened_at == lapse


def test_terms_are_told_as_they_were_known_when_it_came() -> None:
    """What was recorded only after the mail came holds from then on."""
    ticket = opened(origin="mail", received_at=NOW - timedelta(minutes=30), now=NOW + timedelta(minutes=1))
    assert kinds(ticket) == ["opened", "message", "terms-changed"]
    ticket.refresh_from_db()
    assert ticket.deadline == at("2026-03-02T16:00")


def test_the_same_request_again_opens_nothing() -> None:
    unit = covered()
    one, two = opened(unit, key="mail:1"), opened(unit, key="mail:1")
    assert one == two
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"subject": " \n "}, "subject"),
        ({"text": "\0"}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"answers": {"PRI-8": 1}}, "PRI-8"),
        ({"answers": {"PRI-1": 4}}, "PRI-1"),
        ({"answers": {"PRI-1": True}}, "PRI-1"),
        ({"origin": "device"}, "origin"),
        ({"origin": "fax"}, "origin"),
        ({"component": "coffee"}, "component"),
        ({"reporter_id": 999_999}, "reporter"),
    ],
)
def test_what_cannot_be_asked(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(**changed)
    assert refused.value.where == where
    assert Ticket.objects.count() == 0


def test_hostile_words_are_made_harmless() -> None:
    ticket = opened(subject="a\x00b\u202ec\ud800" + "d" * 500, text="\x1b[31mred\r\nnext\ud800")
    assert ticket.subject["en"].startswith("abcddd")
    assert len(ticket.subject["en"]) == 200
    assert TicketEvent.objects.get(kind="message").detail["text"] == "[31mred\nnext"


def test_a_place_without_a_device_has_nothing_to_support() -> None:
    place = Installation.objects.create(customer=rows.customer(), name="Empty", created_at=NOW)
    unit = covered()
    with pytest.raises(InvalidInput, match="registered"):
        open_request(asked(unit, installation_id=place.pk), actor=BY, now=NOW)


def test_a_customer_asks_for_itself_and_nobody_else() -> None:
    unit, other = covered(), covered()
    viewer = customer_of(unit)
    someone = people.person("customer-user", unit.installation.customer)
    ticket = open_as(viewer, asked(unit, reporter_id=someone.pk, origin="phone"), now=NOW)
    assert (ticket.reporter_id, ticket.origin) == (viewer.person_id, "web")
    assert TicketEvent.objects.get(kind="message").actor == viewer.actor
    with pytest.raises(NotFound):
        open_as(viewer, asked(other), now=NOW)


def test_sup_6_an_engineer_writes_down_a_call() -> None:
    unit = covered()
    engineer = people.viewer("support-engineer")
    caller = people.person("customer-user", unit.installation.customer)
    ticket = open_as(engineer, asked(unit, origin="phone", reporter_id=caller.pk), now=NOW)
    assert (ticket.reporter_id, ticket.origin, ticket.answered_at) == (caller.pk, "phone", None)
    stranger = people.person("customer-user")
    with pytest.raises(InvalidInput):
        open_as(engineer, asked(unit, reporter_id=stranger.pk), now=NOW)
    with pytest.raises(Forbidden):
        open_as(people.viewer("release-manager"), asked(unit), now=NOW)


def test_sup_8_a_dealer_asks_for_a_customer_that_has_agreed() -> None:
    unit = covered(rows.customer(dealer=True))
    with pytest.raises(NotFound):
        open_as(dealer_of(unit, agreed=False), asked(unit), now=NOW)
    dealer = dealer_of(unit, agreed=True)
    assert open_as(dealer, asked(unit), now=NOW).reporter_id == dealer.person_id
