"""Pages begun and ended: somebody is called, somebody takes it up, or it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer, actor_of
from logix_server.accounts.models import Person
from logix_server.accounts.refusals import Forbidden
from logix_server.accounts.rights import Right, may
from logix_server.audit.actions import record
from logix_server.effects import outbox
from logix_server.oncall.lifecycle import OPEN, PAGE, TRY, PageState, TryState
from logix_server.oncall.models import Page, PageTry

ACTOR: Final = "system:oncall"
#: Effects: {"page_id"}; the latter once a round in which everyone is called, {"page_id", "round"}.
ACKNOWLEDGED: Final = "page.acknowledged"
EXHAUSTED: Final = "page.exhausted"
MOST_TEXT: Final = 300
#: Why a page was cancelled whose place a later one about the same thing has taken.
REPLACED: Final = "a later step calls again"


@dataclass(frozen=True)
class NewPage:
    """Somebody is to be called about `about`.

    `first` are called before the rota of `package` is climbed. A page about the same thing that is
    still open is replaced; one for which everyone is called already goes on so.
    """

    key: str
    about: str
    text: Mapping[str, str]  # {"tr": ..., "en": ...}, one line
    package: str = ""
    first: Sequence[int] = ()
    drill: bool = False


def call(new: NewPage, *, actor: str = ACTOR, now: datetime) -> Page | None:
    """Begin a page in the caller's transaction; None where there is one of this key already."""
    if Page.objects.filter(key=new.key).exists():
        return None
    before = Page.objects.select_for_update().filter(about=new.about, state__in=OPEN).first()
    state = PageState.CALLING
    if before is not None:
        state = PageState(before.state)
        _end(before, PageState.CANCELLED, REPLACED, now)
    page = Page.objects.create(
        key=new.key,
        about=new.about,
        text={language: _line(text) for language, text in new.text.items()},
        package=new.package,
        first=list(new.first),
        drill=new.drill,
        state=state.value,
        state_at=now,
        next_at=now,
        created_at=now,
    )
    record(now, actor, "page.call", f"page:{page.pk}", {"about": page.about, "key": page.key})
    return page


def _line(text: str) -> str:
    return " ".join(text.split())[:MOST_TEXT]


@transaction.atomic
def acknowledge(page_id: int, person: Person, how: str, *, now: datetime) -> Page:
    """`person` has taken it up; nobody is called any more. A second time changes nothing.

    Who takes up a page that a later one has replaced means what it is about: the later one is taken up.
    Raises `InvalidInput` for a page that is not there or was cancelled, `Forbidden` for a person who is
    none of our engineers.
    """
    if not person.active or person.erased_at or not may(person, Right.ACKNOWLEDGE_PAGE):
        raise Forbidden("only an engineer or manager of ours acknowledges a page")
    page = _locked(page_id)
    while (later := standing(page)).pk != page.pk:
        page = _locked(later.pk)
    if page.state == PageState.ACKNOWLEDGED:
        return page
    if page.state == PageState.CANCELLED:
        raise InvalidInput("page", f"is over: {page.why}")
    page.acknowledged_by = person
    _end(page, PageState.ACKNOWLEDGED, how, now)
    record(now, actor_of(person), "page.acknowledge", f"page:{page.pk}", {"about": page.about, "by": how})
    outbox.put(ACKNOWLEDGED, {"page_id": page.pk}, now, key=f"page-acknowledged:{page.pk}")
    return page


def acknowledge_as(viewer: Viewer, page_id: int, *, now: datetime) -> Page:
    """`viewer` has taken it up on the portal; raises as `acknowledge` does."""
    person = Person.objects.filter(pk=viewer.person_id).first()
    if person is None:
        raise Forbidden("only a person acknowledges a page")
    return acknowledge(page_id, person, "portal", now=now)


def standing(page: Page) -> Page:
    """The page that calls about the same thing now: the last that took its place, or `page` itself."""
    if page.state != PageState.CANCELLED or page.why != REPLACED:
        return page
    later = Page.objects.select_related("acknowledged_by").filter(about=page.about, pk__gt=page.pk)
    return later.exclude(state=PageState.CANCELLED.value, why=REPLACED).order_by("pk").first() or page


@transaction.atomic
def cancel(page_id: int, why: str, *, actor: str = ACTOR, now: datetime) -> bool:
    """Nobody needs to be called any more; whether it was still open. Raises `InvalidInput`."""
    page = _locked(page_id)
    if page.state not in OPEN:
        return False
    _end(page, PageState.CANCELLED, why, now)
    record(now, actor, "page.cancel", f"page:{page.pk}", {"about": page.about, "why": page.why})
    return True


def cancel_about(about: str, why: str, *, actor: str = ACTOR, now: datetime) -> int:
    """Cancel what is open about that thing; how many."""
    open_pages = Page.objects.filter(about=about, state__in=OPEN).values_list("id", flat=True)
    return sum(cancel(page_id, why, actor=actor, now=now) for page_id in list(open_pages))


def _locked(page_id: int) -> Page:
    page = Page.objects.select_for_update(of=("self",)).filter(pk=page_id).first()
    if page is None:
        raise InvalidInput("page", "there is none of this number; see `page list`")
    return page


def _end(page: Page, state: PageState, why: str, now: datetime) -> None:
    """Under the page's lock: its state, and what has not left yet does not leave."""
    page.state, page.state_at = PAGE.check(PageState(page.state), state).value, now
    page.why, page.next_at = why[:200], None
    page.save(update_fields=["state", "state_at", "why", "next_at", "acknowledged_by"])
    queued = TRY.before(TryState.DROPPED)
    PageTry.objects.filter(page=page, state__in=queued).update(state=TryState.DROPPED.value, at=now)


def hurry(page: Page, at: datetime) -> None:
    """Under the page's lock: its next step comes at `at` where it would come later."""
    Page.objects.filter(pk=page.pk, state__in=OPEN, next_at__gt=at).update(next_at=at)
