"""The customer's pages in a browser: by keyboard, on a phone, in both languages, light and dark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from logix_server.accounts.access import Viewer, viewer
from logix_server.accounts.models import DealerConsent, Organisation, Person
from logix_server.fleet.models import Unit
from logix_server.knowledge import actions as knowledge
from logix_server.knowledge.actions import Content, Text
from logix_server.knowledge.lifecycle import ArticleState
from logix_server.tickets.desk import handling
from logix_server.tickets.desk.requests import Request, open_as
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket
from logix_server.tickets.moving import Next
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageAs
from tests.browser.usable import assert_usable
from tests.server import rows
from tests.server.people import person

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def _covered(owner: Organisation | None = None, package: str = "profesyonel") -> Unit:
    unit = rows.unit(owner)
    bought = (datetime.now(UTC) - timedelta(days=30)).date()
    rows.contract(unit, purchased_on=bought, package=package, package_from=bought)
    return unit


def _customer(unit: Unit, role: str = "customer-user") -> Person:
    return person(role, unit.installation.customer)


def _opened(unit: Unit, who: Person, **more: object) -> Ticket:
    asked = Request(unit.installation_id, "İnternet yavaş", "Sabahtan beri.", {"PRI-2": 2})
    return open_as(viewer(who), asked, now=datetime.now(UTC))


def _engineer() -> Viewer:
    return viewer(person("support-engineer"))


LOOKS = [("tr", True, False), ("en", False, True), ("tr", False, False), ("en", True, True)]


@pytest.mark.parametrize(("language", "phone", "dark"), LOOKS)
def test_every_page_is_usable(page_as: PageAs, language: str, phone: bool, dark: bool) -> None:
    unit = _covered()
    who = _customer(unit)
    ticket = _opened(unit, who)
    handling.answer(_engineer(), ticket.number, "Bakıyoruz.\nLütfen bekleyin.", now=datetime.now(UTC))
    lapsed = rows.unit(unit.installation.customer)
    page = page_as(who, language, phone=phone, dark=dark)
    addresses = (
        *("/tickets/", "/tickets/?tab=past", "/tickets/?text=nothing", "/tickets/new/"),
        *(f"/tickets/new/{unit.serial}/", f"/tickets/new/{lapsed.serial}/"),
        *(
            f"/tickets/{ticket.number}/",
            "/devices/",
            f"/devices/{unit.serial}/",
            f"/devices/{lapsed.serial}/",
        ),
    )
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, address
        for one in page.locator("details").all():
            one.evaluate("one => one.open = true")
        assert_usable(page)


def _tab_to(page: Page, label: str) -> None:
    """Press Tab until the control of that label or name has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(() => { const a = document.activeElement;"
            " return (a.labels && a.labels.length ? a.labels[0].innerText : a.innerText || '').trim() })()"
        )
        if name == label:
            return
    raise AssertionError(f"no control is called {label!r}")


def test_a_ticket_is_opened_by_keyboard_alone(page_as: PageAs) -> None:
    unit = _covered()
    page = page_as(_customer(unit), "en", phone=True)
    page.goto("/tickets/")
    _tab_to(page, "Open a new ticket")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Open a new ticket")
    _tab_to(page, "Subject")
    page.keyboard.type("The firewall has stopped")
    _tab_to(page, "What happened?")
    page.keyboard.type("Since 9:00 nobody gets through.")
    _tab_to(page, "not answered")  # PRI-1
    _tab_to(page, "not answered")  # PRI-2
    _tab_to(page, "not answered")  # PRI-3
    for _ in range(3):
        page.keyboard.press("ArrowDown")  # to the gravest
    _tab_to(page, "Open the ticket")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("is open")
    ticket = Ticket.objects.get()
    assert (ticket.level, ticket.level_clauses, ticket.origin) == (1, ["PRI-3"], "web")
    expect(page.locator("h1")).to_contain_text(ticket.number)
    assert_usable(page)


def test_what_was_typed_stays_where_the_contract_says_no_meanwhile(page_as: PageAs) -> None:
    unit = rows.unit()
    bought = (datetime.now(UTC) - timedelta(days=500)).date()
    rows.contract(unit, purchased_on=bought)  # only the warranty runs
    page = page_as(_customer(unit), "en")
    page.goto(f"/tickets/new/{unit.serial}/")
    page.get_by_label("Subject").fill("No internet")
    page.get_by_label("What happened?").fill("All is dark.")
    page.get_by_role("button", name="Open the ticket").click()
    no = page.locator("#not-covered")
    expect(no).to_contain_text("SUP-1")
    expect(no).to_contain_text("The Temel package is bought.")
    expect(page.get_by_label("Subject")).to_have_value("No internet")
    expect(page.get_by_label("What happened?")).to_have_value("All is dark.")
    assert_usable(page)
    assert not Ticket.objects.exists()


def test_articles_are_offered_while_the_subject_is_typed(page_as: PageAs) -> None:
    text = {"tr": Text("VPN bağlantısı kopuyor", "Yeniden başlatın.")}
    knowledge.write("vpn", Content(text, internal=False), actor="operator:test", now=rows.NOW)
    knowledge.move("vpn", ArticleState.PUBLISHED, actor="operator:test", now=rows.NOW)
    unit = _covered()
    page = page_as(_customer(unit), "tr")
    page.goto(f"/tickets/new/{unit.serial}/")
    page.get_by_label("Konu").press_sequentially("baglantisi")
    expect(page.locator("#suggestions a")).to_have_text("VPN bağlantısı kopuyor")
    assert_usable(page)


def test_a_customer_follows_answers_and_reopens(page_as: PageAs) -> None:
    unit = _covered()
    who, engineer = _customer(unit), _engineer()
    ticket = _opened(unit, who)
    now = datetime.now(UTC)
    handling.answer(engineer, ticket.number, "Hangi kablo?", then=Next(TicketState.WAITING), now=now)
    page = page_as(who, "tr", phone=True)
    page.goto(f"/tickets/{ticket.number}/")
    expect(page.locator(".timeline")).to_contain_text("Hangi kablo?")
    page.get_by_label("Mesajınız").fill("Kırmızı olan.")
    page.get_by_role("button", name="Mesajı gönder").click()
    expect(page.locator(".messages")).to_contain_text("ulaştı")
    ticket.refresh_from_db()
    assert ticket.state == "open"
    handling.move(engineer, ticket.number, TicketState.SOLVED, now=datetime.now(UTC))
    page.reload()
    page.get_by_label("Mesajınız").fill("Yine koptu.")
    page.get_by_role("button", name="Kaydı yeniden aç").click()
    expect(page.locator(".messages")).to_contain_text("ulaştı")
    ticket.refresh_from_db()
    assert ticket.state == "open"
    assert_usable(page)


def test_the_list_is_narrowed_without_a_reload(page_as: PageAs) -> None:
    unit = _covered(rows.customer(dealer=True))
    customer = unit.installation.customer
    DealerConsent.objects.create(
        customer=customer, dealer=customer.dealer, given_by="contact:x", given_at=rows.NOW
    )
    ticket = _opened(unit, _customer(unit))
    page = page_as(person("dealer", customer.dealer), "en")
    page.goto("/tickets/")
    expect(page.locator("#tickets")).to_contain_text(ticket.number)
    page.evaluate("window.stays = true")
    page.get_by_label("Reported by").select_option("me")
    expect(page.locator("#tickets")).to_contain_text("No ticket fits the filter.")
    assert page.evaluate("window.stays")
    page.get_by_role("link", name="Clear the filter").first.click()
    expect(page.locator("#tickets")).to_contain_text(ticket.number)
    assert_usable(page)
