"""Lists in a browser: filtered without a reload, by keyboard alone, live."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PageAs
from tests.browser.usable import assert_usable
from tests.server import rows

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_devices_are_narrowed_without_a_reload(page_as: PageAs) -> None:
    first, second = rows.unit(), rows.unit()
    page = page_as("support-engineer", "en")
    page.goto("/devices/")
    page.evaluate("window.stays = true")
    page.get_by_label("Serial, customer or place").fill(first.serial)
    page.keyboard.press("Enter")
    expect(page.locator("#devices")).not_to_contain_text(second.serial)
    expect(page.locator("#devices")).to_contain_text(first.serial)
    assert page.evaluate("window.stays")
    assert first.serial in page.url
    assert_usable(page)
