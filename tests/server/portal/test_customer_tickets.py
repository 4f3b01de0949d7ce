"""My tickets: whose they are, open and past, in plain words; the device's page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from logix_server.accounts.access import viewer
from logix_server.tickets.desk import handling
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket

from tests.server import people, rows
from tests.server.people import signed_in
from tests.server.portal.customers import (
    covered,
    dealer_of,
    lapsed,
    opened,
    somebody,
    strangers,
    warranted,
    words,
)
from tests.server.portal.story import fault

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_open_ones_and_past_ones_apart_with_their_numbers() -> None:
    unit = covered()
    who = somebody(unit)
    first, second = opened(unit, who), opened(unit, who)
    engineer, now = people.viewer("support-engineer"), datetime.now(UTC)
    handling.answer(engineer, first.number, "Here.", now=now)
    handling.move(engineer, first.number, TicketState.SOLVED, now=now)
    client = signed_in(who)
    page = client.get("/tickets/")
    assert second.number in page.content.decode() and first.number not in page.content.decode()
    assert "Açık 1 Geçmiş 1" in words(page)
    past = client.get("/tickets/?tab=past").content.decode()
    assert first.number in past and second.number not in past


def test_the_promise_is_told_or_why_there_is_none() -> None:
    for unit, told in (
        (covered(), "kaldı"),
        (covered(package=None), "Paket bu seviyede süre taahhüt etmez"),
    ):
        who = somebody(unit)
        opened(unit, who)
        assert told in words(signed_in(who).get("/tickets/"))
    unit = warranted()
    who = somebody(unit)
    opened(unit, who, answers={"PRI-4": 2})
    said = words(signed_in(who).get("/tickets/"))
    assert "Geçerli bir destek paketi olmadığı için taahhüt edilen süre yok. SUP-1" in said


def test_narrowed_by_words_level_and_who_reported_and_what_is_no_filter_is_left_out() -> None:
    unit = covered()
    who, other = somebody(unit), somebody(unit)
    ticket = opened(unit, who)
    client = signed_in(who)
    for query in (
        "text=internet slow",
        f"text={unit.serial}",
        "level=2",
        "whose=me",
        "level=9",
        "tab=x",
        "page=99",
    ):
        assert ticket.number in client.get(f"/tickets/?{query}").content.decode(), query
    for query in ("text=nothing", "level=1"):
        assert "Filtreye uyan kayıt yok." in client.get(f"/tickets/?{query}").content.decode(), query
    assert ticket.number not in signed_in(other).get("/tickets/?whose=me").content.decode()


def test_an_empty_list_says_how_to_open_one() -> None:
    page = signed_in("customer-user").get("/tickets/")
    assert "Açık kaydınız yok." in words(page)
    assert "MAT-2" in words(page) and '"/tickets/new/"' in page.content.decode()


def test_nobody_sees_anothers_in_lists_or_on_pages() -> None:
    unit = covered(rows.customer(dealer=True))
    ticket = opened(unit, somebody(unit))
    for stranger in strangers(unit):
        for address in ("/tickets/", "/tickets/?tab=past", f"/tickets/?text={ticket.number}", "/devices/"):
            page = stranger.get(address).content.decode()
            assert unit.installation.name not in page and f"/{ticket.number}/" not in page
        assert stranger.get(f"/tickets/{ticket.number}/").status_code == 404
        assert stranger.get(f"/devices/{unit.serial}/").status_code == 404
    dealer = signed_in(dealer_of(unit, agreed=True))
    for address in ("/tickets/", f"/tickets/{ticket.number}/", "/devices/", f"/devices/{unit.serial}/"):
        page = dealer.get(address)
        assert page.status_code == 200
        assert unit.installation.customer.name in page.content.decode()


def test_consent_that_is_withdrawn_ends_what_a_dealer_sees() -> None:
    unit = covered(rows.customer(dealer=True))
    dealer = signed_in(dealer_of(unit, agreed=True))
    assert dealer.get(f"/devices/{unit.serial}/").status_code == 200
    from logix_server.accounts import consent

    consent.withdraw(viewer(somebody(unit, "customer-administrator")), datetime.now(UTC))
    assert dealer.get(f"/devices/{unit.serial}/").status_code == 404
    assert unit.serial not in dealer.get("/devices/").content.decode()


def test_the_device_says_what_it_is_entitled_to_and_what_stands() -> None:
    unit = covered()
    who = somebody(unit)
    now = datetime.now(UTC)
    ticket = opened(unit, who)
    fault(unit, now, code="disk.smart-failed", part="disk:A")
    fault(unit, now, code="fan.stopped", part="fan:watched", watched=True, covered=None)
    fault(unit, now, code="fan.stopped", part="fan:gone", state="recovered")
    fault(covered(unit.installation.customer), now, code="fan.stopped", part="fan:other")
    page = signed_in(who).get(f"/devices/{unit.serial}/")
    said = words(page)
    for told in (
        "disk:A",
        ticket.number,
        "Profesyonel",
        "MAT-10",
        "WAR-1",
        "SUP-5",
        "Bu cihaz için kayıt aç",
    ):
        assert told in said, told
    for ours in ("fan:watched", "fan:gone", "fan:other", "Current_Pending_Sector", "Sertifika"):
        assert ours not in said, ours


def test_a_device_under_no_contract_still_shows_its_past() -> None:
    unit = lapsed()
    Ticket.objects.all().delete()
    said = words(signed_in(somebody(unit)).get(f"/devices/{unit.serial}/"))
    assert "SUP-1" in said and "Temel paketi satın alınır." in said


def test_ours_still_see_all_of_a_device_and_a_ticket() -> None:
    unit = covered()
    ticket = opened(unit, somebody(unit))
    engineer = signed_in("support-engineer")
    assert "Sertifika" in words(engineer.get(f"/devices/{unit.serial}/"))
    assert "İç not" in words(engineer.get(f"/tickets/{ticket.number}/"))
