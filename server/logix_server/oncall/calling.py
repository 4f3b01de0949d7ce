"""The job that calls: each page's next step when it is due, and every try handed to its channel once.

Kill-safe: a step's tries are rows before one leaves, and a try is written down as sending before its
request. What a dead process left is told as unknown and tried again under the same idempotency key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from logix_server.audit.actions import record
from logix_server.effects import outbox
from logix_server.oncall import climbing, pages, queries, rota
from logix_server.oncall.climbing import Calling, Pace, Step
from logix_server.oncall.lifecycle import OPEN, PAGE, PageState, TryState
from logix_server.oncall.models import Page, PageTry
from logix_server.oncall.pagers.port import Pager
from logix_server.oncall.queries import Duty

#: Of these things, which somebody still has to be called about.
Wanted = Callable[[Collection[str]], Collection[str]]
PAGES: Final = 50
MOST_CALLED: Final = 50
_OVER: Final = "nobody needs to be called any more"
_log = structlog.get_logger(__name__)


def climb(now: datetime, pagers: Sequence[Pager], pace: Pace, wanted: Wanted) -> int:
    """Take the step of every page that is due; returns how many were taken up."""
    due = Page.objects.filter(next_at__lte=now).order_by("next_at", "id")
    ids = list(due.values_list("id", flat=True)[:PAGES])
    for page_id in ids:
        with transaction.atomic():
            rows = Page.objects.select_for_update(skip_locked=True, of=("self",))
            page = rows.filter(pk=page_id, next_at__lte=now).first()
            if page is None:
                continue  # another process has it
            # Looked at within the transaction: what ended meanwhile calls nobody.
            if page.about in wanted([page.about]):
                _step(page, pagers, pace, now)
            else:
                pages.cancel(page.pk, _OVER, now=now)
    return len(ids)


def _step(page: Page, pagers: Sequence[Pager], pace: Pace, now: datetime) -> None:
    facts = queries.rotas(now)
    on_call = rota.on_call(facts, page.package, now)
    managers = queries.managers()
    everyone = [*page.first, *on_call, *queries.on_call_anywhere(facts, now), *managers]
    duties = {one.person_id: one for one in queries.people(everyone)}
    reachable = {person for person, one in duties.items() if any(p.reaches(one.called) for p in pagers)}
    calling = Calling(PageState(page.state), tuple(page.first), _asked(page), page.rounds, drill=page.drill)
    last_resort = [*queries.on_call_anywhere(facts, now), *managers]
    step = climbing.next_step(calling, on_call, last_resort, reachable, pace=pace, now=now)
    _take(page, step, [duties[person] for person in step.people[:MOST_CALLED]], pagers, now)


def _asked(page: Page) -> Counter[int]:
    """How often each person was called: once a step, whatever the channels and attempts."""
    rows = PageTry.objects.filter(page=page).exclude(state=TryState.DROPPED.value)
    return Counter(person for person, _ in rows.values_list("person_id", "step").distinct())


def _take(page: Page, step: Step, called: Sequence[Duty], pagers: Sequence[Pager], now: datetime) -> None:
    if step.state is PageState.CANCELLED:
        pages.cancel(page.pk, "a test that nobody acknowledged", now=now)
        return
    number = page.steps + 1
    PageTry.objects.bulk_create(
        PageTry(
            page=page,
            step=number,
            person_id=one.person_id,
            channel=pager.name,
            state=TryState.QUEUED.value,
            run_after=now,
            at=now,
        )
        for one in called
        for pager in pagers
        if pager.reaches(one.called)
    )
    if step.state != page.state:
        page.state, page.state_at = PAGE.check(PageState(page.state), step.state).value, now
    page.steps, page.next_at = number, step.next_at
    if step.everyone:
        page.rounds += 1
        outbox.put(pages.EXHAUSTED, {"page_id": page.pk, "round": page.rounds}, now)
    page.save(update_fields=["state", "state_at", "steps", "rounds", "next_at"])
    detail = {"step": number, "people": [one.person_id for one in called], "everyone": step.everyone}
    record(now, pages.ACTOR, "page.step", f"page:{page.pk}", detail)
    if not called:
        _log.error("page-reaches-nobody", page=page.pk, about=page.about, step=number)


def waiting(now: datetime) -> bool:
    """Whether a step or a try is due: a read, so that an idle process writes nothing."""
    if Page.objects.filter(next_at__lte=now).exists():
        return True
    return PageTry.objects.filter(state=TryState.QUEUED.value, run_after__lte=now).exists()


def open_pages() -> int:
    """How many pages nobody has acknowledged yet."""
    return Page.objects.filter(state__in=OPEN).count()
