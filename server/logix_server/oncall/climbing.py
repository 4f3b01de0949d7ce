"""Whom a page calls next, and when it goes on. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from logix_server.oncall.lifecycle import PageState

#: With everyone called again and again, the pause doubles up to this, and there it stays.
LONGEST_PAUSE: Final = timedelta(hours=1)
#: A step of which nothing could be delivered is not waited for.
AFTER_FAILURE: Final = timedelta(seconds=30)


@dataclass(frozen=True)
class Pace:
    """How long a person has until the next one is called, and how often the rota is climbed."""

    step: timedelta = timedelta(minutes=5)
    repeats: int = 2


@dataclass(frozen=True)
class Calling:
    """A page as it stands: `asked` says how often each person was called, `rounds` everyone."""

    state: PageState
    first: tuple[int, ...]
    asked: Mapping[int, int]
    rounds: int = 0
    drill: bool = False


@dataclass(frozen=True)
class Step:
    """What happens now: these people are called; the state after it; when the next step is due.

    `everyone`: a round in which all are called, and mail goes to the managers. `next_at` None: it is
    over, which only a drill is by itself.
    """

    people: tuple[int, ...]
    state: PageState
    next_at: datetime | None
    everyone: bool = False


def next_step(
    page: Calling,
    on_call: Collection[int],
    managers: Collection[int],
    reachable: Collection[int],
    *,
    pace: Pace,
    now: datetime,
) -> Step:
    """The step that is due at `now`.

    First those whom the page names, together; then the rota, one a step, whoever was asked least often
    and stands first; after `repeats` climbs everyone, on and on. Who cannot be reached by any channel
    is passed over.
    """
    named = tuple(person for person in dict.fromkeys(page.first) if person in reachable)
    if named and not any(page.asked.get(person) for person in named):
        return Step(named, PageState.CALLING, now + pace.step)
    if page.drill:
        return Step((), PageState.CANCELLED, None)
    if page.state is PageState.CALLING:
        ladder = [person for person in dict.fromkeys(on_call) if person in reachable]
        asked = [page.asked.get(person, 0) for person in ladder]
        if ladder and min(asked) < pace.repeats:
            return Step((ladder[asked.index(min(asked))],), PageState.CALLING, now + pace.step)
    everyone = dict.fromkeys((*page.first, *on_call, *managers))
    people = tuple(person for person in everyone if person in reachable)
    pause = min(pace.step * 2 ** min(page.rounds, 16), max(LONGEST_PAUSE, pace.step))
    return Step(people, PageState.EXHAUSTED, now + pause, everyone=True)
