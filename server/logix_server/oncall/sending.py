"""Tries handed to their channels: claimed, sent outside of any transaction, their outcome written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction

from logix_server.oncall import pages, queries, tokens
from logix_server.oncall.calling import Wanted
from logix_server.oncall.climbing import AFTER_FAILURE
from logix_server.oncall.lifecycle import OPEN, TRY, TryState
from logix_server.oncall.models import Page, PageTry
from logix_server.oncall.pagers.port import Call, Pager, PagerFailed

AT_ONCE: Final = 8
MOST_ATTEMPTS: Final = 3
RETRY: Final = timedelta(seconds=10)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Outcome:
    state: TryState
    said: str
    again: bool = False


def send(now: datetime, pagers: Sequence[Pager], origin: str, wanted: Wanted) -> bool:
    """Send what is due, some at once; whether more may be waiting."""
    by_name = {pager.name: pager for pager in pagers}
    claimed = _claim(now, wanted)
    calls = [(row, call) for row in claimed if (call := _call(row, origin, now)) is not None]
    gone = [row for row in claimed if row not in {each for each, _ in calls}]
    for row in gone:
        _settle(row, _Outcome(TryState.FAILED, "the person has left"), now)
    if calls:
        with ThreadPoolExecutor(len(calls), thread_name_prefix="pager") as threads:
            outcomes = list(threads.map(lambda each: _sent(by_name, each[0].channel, each[1]), calls))
        for (row, _), outcome in zip(calls, outcomes, strict=True):
            _settle(row, outcome, now)
    return len(claimed) == AT_ONCE


def _claim(now: datetime, wanted: Wanted) -> list[PageTry]:
    """Take tries that are due, each written down as sending before it leaves."""
    with transaction.atomic():
        due = PageTry.objects.filter(state=TryState.QUEUED.value, run_after__lte=now)
        locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("page")
        rows = list(locked.order_by("run_after", "id")[:AT_ONCE])
        still = wanted({row.page.about for row in rows}) if rows else ()
        claimed = [row for row in rows if row.page.state in OPEN and row.page.about in still]
        for row in rows:
            after = TryState.SENDING if row in claimed else TryState.DROPPED
            row.state, row.at = TRY.check(TryState(row.state), after).value, now
            row.save(update_fields=["state", "at"])
    return claimed


def _call(row: PageTry, origin: str, now: datetime) -> Call | None:
    found = queries.people([row.person_id])
    if not found:
        return None
    person = found[0].called
    text = row.page.text.get(person.language) or next(iter(row.page.text.values()), "")
    # The same for each attempt of a step: who has called already knows it by that.
    key = f"page-{row.page_id}-{row.step}-{row.person_id}-{row.channel}"
    link = f"{origin}/page/{tokens.token_of(row.pk)}/"
    return Call(key, row.page_id, row.page.about, text, link, person, now)


def _sent(pagers: Mapping[str, Pager], channel: str, call: Call) -> _Outcome:
    pager = pagers.get(channel)
    if pager is None:
        return _Outcome(TryState.FAILED, "the channel is not set up any more")
    try:
        return _Outcome(TryState.SENT, pager.send(call))
    except PagerFailed as error:
        return _Outcome(TryState.FAILED, str(error), error.again)
    except Exception as error:  # a channel's mistake ends neither the others nor the page
        _log.exception("pager failed", channel=channel, page=call.page)
        return _Outcome(TryState.FAILED, f"{type(error).__name__}: {error}")


def _settle(row: PageTry, outcome: _Outcome, now: datetime) -> None:
    """Write down what became of a try, and try again or go on at once where nothing was delivered."""
    with transaction.atomic():
        page = Page.objects.select_for_update(of=("self",)).get(pk=row.page_id)
        said = "".join(char if char.isprintable() else " " for char in outcome.said)[:300]
        moved = PageTry.objects.filter(pk=row.pk, state__in=TRY.before(outcome.state))
        if not moved.update(state=outcome.state.value, at=now, outcome=said):
            return  # given up as unknown while it was under way
        if outcome.state is TryState.SENT or page.state not in OPEN or row.step != page.steps:
            return
        _log.error("page-not-delivered", page=page.pk, channel=row.channel, attempt=row.attempt, why=said)
        if outcome.again and row.attempt < MOST_ATTEMPTS:
            _queue_again(row, now)
        elif not _any_hope(page, row.step):
            pages.hurry(page, now + AFTER_FAILURE)


def _queue_again(row: PageTry, now: datetime) -> None:
    PageTry.objects.create(
        page_id=row.page_id,
        step=row.step,
        person_id=row.person_id,
        channel=row.channel,
        attempt=row.attempt + 1,
        state=TryState.QUEUED.value,
        run_after=now + RETRY * row.attempt,
        at=now,
    )


def _any_hope(page: Page, step: int) -> bool:
    """Whether something of the step has arrived, or may still."""
    hopeful = (TryState.QUEUED, TryState.SENDING, TryState.SENT)
    return PageTry.objects.filter(page=page, step=step, state__in=hopeful).exists()


def give_up_stuck(now: datetime, before: datetime) -> int:
    """Tries that a dead process left: whether they went out nobody knows; they are tried again at once."""
    stuck = PageTry.objects.filter(state=TryState.SENDING.value, at__lt=before)
    rows = list(stuck.order_by("id")[:AT_ONCE])
    for row in rows:
        _settle(row, _Outcome(TryState.UNKNOWN, "the process that sent it died", again=True), now)
    return len(rows)
