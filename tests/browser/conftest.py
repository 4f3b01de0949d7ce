"""A real browser before a real server: Chromium once for all tests here, a context of its own for each page.

`page_as(role, language, phone=…)` opens the portal as a person. Whatever a page's console complains of (a
script or style that the policy refuses, an exception) fails the test.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from logix_server.accounts.models import Person
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.server.people import person, signed_in

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
#: What the console says of an answer that is no 2xx: the tests look at the page for that.
_ANSWERS = re.compile(r"Failed to load resource: the server responded with a status of [45]\d\d")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where there is no Chromium these tests skip."""
    if shutil.which("chromium") is None:
        for item in items:
            if "tests/browser/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="needs Chromium"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Not for the whole session: its loop must be gone before other tests run theirs."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    # Playwright's loop stands still while a test runs, which Django cannot know.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def web_server() -> Iterator[str]:
    """The web role's application behind waitress, as in production; its address."""
    import waitress  # type: ignore[import-untyped]  # has no stubs
    from django.db import connections
    from logix_server.portal.wsgi import application

    connections.settings["default"]["CONN_MAX_AGE"] = 0  # no thread holds the test database open
    server = waitress.create_server(application, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, name="web", daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


class PageAs(Protocol):
    """Opens a window of a person of `role`, or of a person who is there already."""

    def __call__(
        self, role: Person | str = ..., language: str = ..., *, phone: bool = ..., dark: bool = ...
    ) -> Page: ...


@pytest.fixture
def page_as(chromium: Browser, web_server: str, transactional_db: None) -> Iterator[PageAs]:
    """See `PageAs`. Addresses are relative: `page.goto("/queue/")`."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(
        role: Person | str = "support-engineer",
        language: str = "tr",
        *,
        phone: bool = False,
        dark: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=web_server,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        who = person(role) if isinstance(role, str) else role
        Person.objects.filter(pk=who.pk).update(language=language)
        cookies = signed_in(who).cookies.items()
        context.add_cookies([{"name": name, "value": one.value, "url": web_server} for name, one in cookies])
        page = context.new_page()
        page.on("console", _listening(complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _listening(complaints: list[str]) -> Callable[[ConsoleMessage], Any]:
    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _ANSWERS.match(message.text):
            complaints.append(message.text)

    return heard
