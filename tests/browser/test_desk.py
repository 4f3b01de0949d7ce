"""The engineer's further pages in a browser: by keyboard, on a phone, in both languages, light and dark."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from logix_server.fleet.models import Unit
from logix_server.mail.models import IncomingMail
from logix_server.oncall import actions as rotas
from logix_server.oncall import pages
from logix_server.oncall.actions import Hours
from logix_server.oncall.pages import NewPage
from logix_server.replacements import actions, queries
from logix_server.replacements.actions import Wanted
from logix_server.visits import actions as visits
from logix_server.visits.judgement import Reach
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageAs
from tests.browser.usable import assert_usable
from tests.server.cli.conftest import console
from tests.server.mail.raw_mails import raw
from tests.server.people import person
from tests.server.portal.story import device_with_a_story, ticket_of
from tests.server.tickets.correspondence.desk import bring

__all__ = ["console"]
pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def _by() -> dict[str, Any]:
    return {"actor": "operator:test", "now": datetime.now(UTC)}


def _page() -> int:
    text = {"tr": "Disk arızalı", "en": "A disk fails"}
    with transaction.atomic():
        made = pages.call(NewPage("k", "ticket:LGX-2026-000001", text, "profesyonel"), now=datetime.now(UTC))
    assert made is not None
    return made.pk


def _mail() -> IncomingMail:
    return bring(raw("stranger@elsewhere.example", "Uzun bir sözcük " + "x" * 200), datetime.now(UTC))


def _asked(unit: Unit, part: str = "") -> str:
    return str(actions.request(Wanted(ticket_of(unit).number, part), **_by()).number)


def _addresses(unit: Unit) -> list[str]:
    """Every page, with something on it."""
    replacement = _asked(unit)
    visit = visits.request(ticket_of(unit).number, "Port", Reach.OPENED, **_by()).number
    rotas.add_rota("Gece", ["profesyonel"], 1, **_by())
    hours = Hours((0, 1), 0, 24 * 60, date(2026, 1, 1))
    rotas.add_shifts("Gece", person("support-engineer").email, hours, **_by())
    return [
        *("/replacements/", "/replacements/?state=late", "/replacements/new/"),
        *(f"/replacements/{replacement}/", "/visits/", "/visits/?state=done", "/visits/new/"),
        *(f"/visits/{visit}/", "/agreements/", "/inbox/", f"/inbox/{_mail().pk}/", "/rota/"),
        *("/rota/pages/", f"/rota/pages/{_page()}/", "/products/", f"/products/{unit.model}/"),
    ]


LOOKS = [("tr", True, False), ("en", False, True), ("tr", False, False), ("en", True, True)]


@pytest.mark.parametrize(("language", "phone", "dark"), LOOKS)
def test_every_page_is_usable(page_as: PageAs, language: str, phone: bool, dark: bool) -> None:
    addresses = _addresses(device_with_a_story())
    page = page_as("vendor-manager", language, phone=phone, dark=dark)
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


def test_a_finding_is_given_by_keyboard_after_the_contracts_answer(page_as: PageAs) -> None:
    number = _asked(device_with_a_story(), "disk:A")
    page = page_as("support-engineer", "en")
    page.goto(f"/replacements/{number}/")
    _tab_to(page, "Give the finding")
    page.keyboard.press("Enter")
    _tab_to(page, "confirmed")
    page.keyboard.press("Space")
    _tab_to(page, "What was found")
    page.keyboard.type("Head crash")
    _tab_to(page, "Show what the contract answers")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("WAR-11")
    assert_usable(page)
    assert queries.replacement(None, number).state == "requested"
    page.get_by_role("button", name="Give the finding").press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Head crash")
    assert queries.replacement(None, number).state == "confirmed"


def test_the_bundle_of_a_new_unit_is_saved_once(page_as: PageAs, console: object, tmp_path: Path) -> None:
    number = _asked(device_with_a_story())
    actions.decide(number, confirmed=True, cause=actions.FaultCause.DEFECT, found="Dead", **_by())
    actions.ship(number, "", "", **_by())
    page = page_as("support-engineer", "tr", phone=True)
    page.goto(f"/replacements/{number}/")
    page.get_by_text("Yerine başka bir cihaz geçti", exact=True).first.click()
    page.get_by_label("Yeni cihazın seri numarası").fill("LGX-NEW")
    page.get_by_role("button", name="Yerine başka bir cihaz geçti").click()
    assert_usable(page)
    with page.expect_download() as saved:
        page.locator("#bundle").click()
    saved.value.save_as(tmp_path / "bundle.json")
    assert saved.value.suggested_filename == "LGX-NEW.json"
    assert json.loads((tmp_path / "bundle.json").read_text())["serial"] == "LGX-NEW"
    page.goto(f"/replacements/{number}/")
    expect(page.locator("main")).to_contain_text("LGX-NEW")
    assert page.locator("#bundle").count() == 0


def test_the_inbox_is_worked_off_and_the_list_narrowed(page_as: PageAs) -> None:
    ticket, mail = ticket_of(device_with_a_story()), _mail()
    page = page_as("support-engineer", "tr")
    page.goto("/inbox/")
    page.evaluate("window.stays = true")
    page.get_by_label("Durum").select_option("discarded")
    expect(page.locator("#inbox")).to_contain_text("Burada bekleyen e-posta yok.")
    assert page.evaluate("window.stays")
    page.goto(f"/inbox/{mail.pk}/")
    page.get_by_text("Bir kayda ekle", exact=True).first.click()
    page.get_by_label("Kayıt", exact=True).fill(ticket.number)
    page.get_by_role("button", name="Bir kayda ekle").click()
    expect(page).to_have_url(f"{page.url.split('/tickets/')[0]}/tickets/{ticket.number}/")
    expect(page.locator("main")).to_contain_text("Uzun bir sözcük")
