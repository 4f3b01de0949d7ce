"""A page is taken up by its link, in a browser that keeps to what the page's headers say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction
from logix_server.oncall import pages, tokens
from logix_server.oncall.models import Page, PageTry
from logix_server.oncall.pages import NewPage
from playwright.sync_api import expect

from tests.browser.conftest import PageAs
from tests.browser.usable import assert_usable
from tests.server.people import person

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "dark"), [("tr", True), ("en", False)])
def test_the_button_of_the_link_takes_the_page_up(page_as: PageAs, language: str, dark: bool) -> None:
    """On a phone on which nobody is signed in."""
    who, now = person("support-engineer"), datetime.now(UTC)
    texts = {"tr": "Disk arızalı", "en": "A disk fails"}
    with transaction.atomic():
        made = pages.call(NewPage("k", "test:1", texts), now=now)
    assert made is not None
    told = {"step": 1, "channel": "webhook", "attempt": 1, "state": "sent", "run_after": now, "at": now}
    called = PageTry.objects.create(page=made, person=who, **told)
    phone = page_as(who, language, phone=True, dark=dark)
    phone.context.clear_cookies()
    phone.goto(f"/page/{tokens.token_of(called.pk)}/")
    expect(phone.locator("main")).to_contain_text(texts[language])
    assert_usable(phone)
    phone.locator("main form button").click()
    expect(phone.get_by_role("status")).to_be_visible()
    assert_usable(phone)
    after = Page.objects.get(pk=made.pk)
    assert (after.state, after.acknowledged_by) == ("acknowledged", who)
