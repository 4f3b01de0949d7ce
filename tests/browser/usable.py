"""Whether everybody can use a page: what axe-core finds, and whether a phone shows all of it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def grave_findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']][:5]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    found: int = page.evaluate(wide)
    return found


def assert_usable(page: Page) -> None:
    """No grave finding, nothing that one must scroll sideways for."""
    assert grave_findings(page) == []
    assert overflow(page) <= 0
