"""The way in and the pages about people in a browser: by keyboard, on a phone, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.utils import timezone
from logix_server.accounts import people
from logix_server.accounts.models import Person
from logix_server.accounts.second_factor import keeping
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageAs
from tests.browser.usable import assert_usable
from tests.server import rows
from tests.server.people import PASSWORD, person

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

LOOKS = [("tr", True, False), ("en", False, True), ("tr", False, False), ("en", True, True)]


def _stranger(
    page_as: PageAs, who: Person, language: str = "en", *, phone: bool = False, dark: bool = False
) -> Page:
    """A browser in which nobody is signed in."""
    page = page_as(who, language, phone=phone, dark=dark)
    page.context.clear_cookies()
    page.set_extra_http_headers({"Accept-Language": language})
    return page


def _code(who: Person, ahead: int = 0) -> str:
    return pyotp.TOTP(keeping.begin(int(who.user_id or 0))).at(datetime.now(UTC), counter_offset=ahead)


@pytest.mark.parametrize(("language", "phone", "dark"), LOOKS)
def test_every_page_for_strangers_is_usable(page_as: PageAs, language: str, phone: bool, dark: bool) -> None:
    customer = rows.customer()
    contact = Person.objects.create(
        organisation=customer,
        role="customer-user",
        name="Ayşe",
        email="a@x.example",
        created_at=timezone.now(),
    )
    token = people.invite(contact.pk, by="operator:test", now=timezone.now())
    page = _stranger(page_as, person("customer-user"), language, phone=phone, dark=dark)
    for address in ("/login/", "/password/forgotten/", f"/password/new/?t={token}", "/password/new/?t=x"):
        page.goto(address)
        assert_usable(page)
    page.goto("/login/")
    page.locator("#id_username").fill("nobody@x.example")
    page.locator("#id_password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_usable(page)


@pytest.mark.parametrize(("language", "phone", "dark"), LOOKS)
def test_every_page_about_people_is_usable(page_as: PageAs, language: str, phone: bool, dark: bool) -> None:
    customer = rows.customer(dealer=True)
    who = person("customer-administrator", customer)
    mate = person("customer-user", customer)
    page = page_as(who, language, phone=phone, dark=dark)
    addresses = (
        "/profile/",
        "/people/",
        f"/people/{mate.mark}/",
        "/people/invite/",
        "/consent/",
        "/second-factor/set-up/",
    )
    for address in addresses:
        page.goto(address)
        assert_usable(page)
    page.goto("/profile/")
    page.locator("#id_details_phone").fill("5")
    page.locator("#id_details_phone").press("Enter")
    expect(page.locator(".field.wrong")).to_be_visible()
    assert_usable(page)
    page.goto("/consent/")
    page.locator("button[value=give]").click()
    expect(page.locator("button[value=withdraw]")).to_be_visible()
    assert_usable(page)


def test_one_of_ours_signs_in_for_the_first_time_by_keyboard_alone(page_as: PageAs) -> None:
    who = person("support-engineer")
    page = _stranger(page_as, who)
    page.goto("/devices/")
    page.keyboard.type(who.email)  # the field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Set up the second factor")).to_be_visible()
    assert_usable(page)
    expect(page.get_by_role("img", name="The picture to scan")).to_be_visible()
    page.get_by_label("Code").focus()
    page.keyboard.type(_code(who))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert_usable(page)
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="I have kept them").press("Enter")
    expect(page.get_by_role("heading", name="Devices")).to_be_visible()


def test_the_next_time_a_code_or_a_recovery_code_is_asked_for(page_as: PageAs) -> None:
    who = person("support-engineer")
    then = timezone.now() - timedelta(minutes=2)
    secret = keeping.begin(int(who.user_id or 0))
    told = keeping.confirm(int(who.user_id or 0), pyotp.TOTP(secret).at(then), by="user:x", now=then)
    page = _stranger(page_as, who, phone=True)
    page.goto("/login/")
    page.locator("#id_username").fill(who.email)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.locator(".field.wrong")).to_be_visible()
    assert_usable(page)
    page.get_by_label("Code").fill(told[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
