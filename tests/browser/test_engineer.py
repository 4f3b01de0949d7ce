"""An engineer's pages in a browser: usable by everybody, on a phone, by keyboard alone, live."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from logix_server.accounts.access import viewer
from logix_server.fleet.models import Unit
from logix_server.health.models import Fault
from logix_server.tickets.desk import handling
from logix_server.tickets.models import Ticket, TicketFault
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageAs
from tests.browser.usable import assert_usable
from tests.server.people import person
from tests.server.portal.story import device_with_a_story, ticket_of

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def with_a_ticket() -> tuple[Unit, Ticket]:
    unit = device_with_a_story()
    ticket = ticket_of(unit, 1)
    fault = Fault.objects.filter(unit=unit).first()
    TicketFault.objects.create(ticket=ticket, fault=fault, joined_at=datetime.now(UTC))
    handling.note(viewer(person()), ticket.number, "Among us.", now=datetime.now(UTC))
    return unit, ticket


@pytest.mark.parametrize(
    ("language", "phone", "dark"),
    [("tr", False, False), ("en", True, True), ("tr", True, False), ("en", False, True)],
    ids=["tr-desktop-light", "en-phone-dark", "tr-phone-light", "en-desktop-dark"],
)
def test_everybody_can_use_every_page(page_as: PageAs, language: str, phone: bool, dark: bool) -> None:
    unit, ticket = with_a_ticket()
    page = page_as("support-engineer", language, phone=phone, dark=dark)
    for address in (
        "/queue/",
        "/queue/?level=3&text=nothing",
        f"/tickets/{ticket.number}/",
        "/devices/",
        f"/devices/{unit.serial}/?chart=temperature",
        "/nothing-here/",
    ):
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        assert_usable(page)
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == language


def test_a_no_is_a_page_that_everybody_can_use(page_as: PageAs) -> None:
    page = page_as("customer-user", "tr", phone=True)
    page.goto("/queue/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Yetkiniz yok")
    assert_usable(page)


def tab_to(page: Page, what: str) -> None:
    """Press Tab until the focus is on what the selector finds."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({what!r})"):
            return
    raise AssertionError(f"the keyboard does not reach {what}")


def test_an_answer_by_keyboard_alone(page_as: PageAs) -> None:
    _unit, ticket = with_a_ticket()
    page = page_as("support-engineer", "en")
    page.goto("/queue/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, f"#ticket-{ticket.number}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(ticket.number)
    tab_to(page, "#id_answer_text")
    page.keyboard.type("We look at it.")
    tab_to(page, "form[action$='/answer/'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="on its way")).to_be_visible()
    expect(page.locator("ol.timeline")).to_contain_text("We look at it.")


def test_a_mistake_is_told_at_its_field(page_as: PageAs) -> None:
    _unit, ticket = with_a_ticket()
    page = page_as("support-engineer", "tr")
    page.goto(f"/tickets/{ticket.number}/")
    page.get_by_text("Başka bir kayıtla birleştir").click()
    page.locator("#id_merge_into").fill("LGX-2026-999999")
    page.get_by_role("button", name="Birleştir", exact=True).click()
    expect(page.locator("#id_merge_into")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_merge_into_error")).to_be_visible()
    assert_usable(page)


def poll(page: Page) -> None:
    """Let the list ask now instead of in twenty seconds."""
    page.evaluate("htmx.ajax('GET', location.href, {source: '#queue', target: '#queue', swap: 'outerHTML'})")


def test_the_queue_is_live_and_keeps_the_focus(page_as: PageAs) -> None:
    unit, ticket = with_a_ticket()
    page = page_as("support-engineer", "en")
    page.goto("/queue/")
    page.locator(f"#ticket-{ticket.number}").focus()
    second = ticket_of(unit, 2)
    with page.expect_response(lambda answer: answer.url.endswith("/queue/")) as answered:
        poll(page)
    assert answered.value.status == 200
    expect(page.locator(f"#ticket-{second.number}")).to_be_visible()
    expect(page.locator(f"#ticket-{ticket.number}")).to_be_focused()


def test_what_is_selected_in_the_queue_stays(page_as: PageAs) -> None:
    unit, ticket = with_a_ticket()
    page = page_as("support-engineer", "en")
    page.goto("/queue/")
    page.evaluate(f"getSelection().selectAllChildren(document.querySelector('#ticket-{ticket.number}'))")
    ticket_of(unit, 2)
    with page.expect_response(lambda answer: answer.url.endswith("/queue/")):
        poll(page)
    assert page.evaluate("String(getSelection())") == ticket.number
    assert page.evaluate("getSelection().anchorNode.isConnected")


def test_charts_change_without_a_reload_and_without_scripts(page_as: PageAs) -> None:
    unit, _ticket = with_a_ticket()
    page = page_as("support-engineer", "en")
    page.goto(f"/devices/{unit.serial}/")
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="Temperatures").click()
    expect(page.locator("#chart-temperature")).to_have_attribute("aria-current", "page")
    expect(page.locator("#health figure")).to_have_count(2)
    assert page.evaluate("window.stays")
    assert "chart=temperature" in page.url


def test_the_language_is_switched_where_one_stands(page_as: PageAs) -> None:
    page = page_as("support-engineer", "tr")
    page.goto("/devices/?text=abc")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Devices")
    assert page.url.endswith("/devices/?text=abc")
