"""Pages as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.models import Person
from logix_server.accounts.rights import Right, require
from logix_server.oncall import tokens
from logix_server.oncall.lifecycle import OPEN, PageState
from logix_server.oncall.models import Page, PageTry
from logix_server.oncall.pages import standing


def pages_of(viewer: Viewer, *, open_only: bool = False, limit: int = 100, offset: int = 0) -> list[Page]:
    """Pages, the newest first, for people of ours. Raises `Forbidden`."""
    require(viewer, Right.SEE_INTERNAL)
    return listed(open_only=open_only, limit=limit, offset=offset)


def count_of(viewer: Viewer, *, open_only: bool = False) -> int:
    """How many `pages_of` there are on all pages. Raises `Forbidden`."""
    require(viewer, Right.SEE_INTERNAL)
    return (Page.objects.filter(state__in=OPEN) if open_only else Page.objects.all()).count()


def listed(*, about: str = "", open_only: bool = False, limit: int = 100, offset: int = 0) -> list[Page]:
    """Pages, the newest first."""
    rows = Page.objects.select_related("acknowledged_by").order_by("-id")
    if about:
        rows = rows.filter(about=about)
    if open_only:
        rows = rows.filter(state__in=OPEN)
    return list(rows[offset : offset + limit])


def acknowledged_since(about: str, since: datetime) -> bool:
    """Whether a person has taken up a page about that thing since then."""
    taken = Page.objects.filter(about=about, state=PageState.ACKNOWLEDGED.value, state_at__gte=since)
    return taken.exists()


def page_by_id(page_id: int) -> Page:
    """One page. Raises `InvalidInput`."""
    found = Page.objects.select_related("acknowledged_by").filter(pk=page_id).first()
    if found is None:
        raise InvalidInput("page", "there is none of this number; see `page list`")
    return found


def plain(page: Page) -> dict[str, Any]:
    """A page as a row."""
    return {
        "id": page.pk,
        "about": page.about,
        "state": page.state,
        "steps": page.steps,
        "created_at": page.created_at,
        "next_at": page.next_at,
        "acknowledged_by": page.acknowledged_by.name if page.acknowledged_by else None,
        "state_at": page.state_at,
        "why": page.why,
    }


def shown(page_id: int) -> dict[str, Any]:
    """A page with its text and every try."""
    page = page_by_id(page_id)
    tries = PageTry.objects.filter(page=page).select_related("person").order_by("id")
    return plain(page) | {"text": page.text, "tries": [_try(row) for row in tries]}


def _try(row: PageTry) -> dict[str, Any]:
    return {
        "step": row.step,
        "person": row.person.name,
        "channel": row.channel,
        "attempt": row.attempt,
        "state": row.state,
        "at": row.at,
        "outcome": row.outcome,
    }


@dataclass(frozen=True)
class Linked:
    """What the link of a page leads to: the page, whom it called, and what it said to that person."""

    page: Page
    person: Person
    text: str
    over_at: datetime | None


def linked(token: str) -> Linked | None:
    """The page behind a link, or the later one in its place; None for a token that is none of ours."""
    try_id = tokens.try_of(token)
    rows = PageTry.objects.select_related("page__acknowledged_by", "person")
    found = rows.filter(pk=try_id).first() if try_id is not None else None
    if found is None:
        return None
    page = standing(found.page)
    text = page.text.get(found.person.language) or next(iter(page.text.values()), "")
    return Linked(page, found.person, text, None if page.state in OPEN else page.state_at)
