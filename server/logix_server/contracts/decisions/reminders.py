"""Whom time bids to tell of an ending: so many days ahead, and once when it has come (LIF-4). Pure.

Asked again on any later day it names the same reminder, or a nearer one: whoever records what was told,
tells each once. A step that went by while nobody asked is told late, unless a nearer one has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from logix_common.findings import N_

from logix_server.contracts.decisions.endings import LIFE_CYCLE, Ending, What, endings
from logix_server.contracts.decisions.reasons import Parameter, Reason
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts

#: The step of what is over.
ENDED: Final = -1
#: Nobody is told any more of what has been over for longer.
TOLD_AFTER: Final = timedelta(days=30)


@dataclass(frozen=True)
class Steps:
    """Days ahead at which people are told: of what they renew, and of what the vendor announced."""

    renewal: tuple[int, ...] = (90, 30, 7)
    life_cycle: tuple[int, ...] = (365, 180, 90, 30)

    def of(self, what: What) -> tuple[int, ...]:
        """The steps for an ending of that kind."""
        return self.life_cycle if what in LIFE_CYCLE else self.renewal


@dataclass(frozen=True)
class Reminder:
    """Tell of `ending`: at most `step` days are left, or, `ENDED`, none is."""

    ending: Ending
    step: int

    @property
    def identity(self) -> tuple[str, date, int]:
        """What makes it one reminder of its installation."""
        return self.ending.what.value, self.ending.last_day, self.step


def due(
    facts: ContractFacts, today: date, steps: Steps, circumstances: Circumstances | None = None
) -> list[Reminder]:
    """The reminders whose time has come on `today`, one an ending: the nearest step that was reached."""
    furthest = max((*steps.renewal, *steps.life_cycle), default=0)
    found = []
    for ending in endings(facts, today - TOLD_AFTER, today + timedelta(days=furthest), circumstances):
        step = _step((ending.last_day - today).days, steps.of(ending.what))
        if step is not None:
            found.append(Reminder(ending, step))
    return found


def still_true(
    identity: tuple[str, date, int], facts: ContractFacts, today: date, circumstances: Circumstances
) -> Reminder | None:
    """The reminder of that identity as it may be told on `today`; None: renewed, announced anew, too late."""
    what, last_day, step = identity
    if (step == ENDED) is not (last_day < today):
        return None
    found = endings(facts, last_day, last_day, circumstances)
    return next((Reminder(one, step) for one in found if one.what == what), None)


def _step(days_left: int, steps: Sequence[int]) -> int | None:
    if days_left < 0:
        return ENDED
    return min((step for step in steps if step >= days_left), default=None)


_AHEAD: Final = {
    What.UPDATES: N_(
        "The update service of device %(serial)s ends on %(day)s. Without it there are no updates, and a"
        " support package is suspended until the renewal."
    ),
    What.TEMEL: N_("The Temel support package of device %(serial)s ends on %(day)s."),
    What.STANDART: N_("The Standart support package of device %(serial)s ends on %(day)s."),
    What.PROFESYONEL: N_("The Profesyonel support package of device %(serial)s ends on %(day)s."),
    What.WARRANTY: N_("The hardware warranty of device %(serial)s ends on %(day)s."),
    What.END_OF_SALE: N_(
        "Model %(model)s of device %(serial)s is on sale until %(day)s; after that it gets limited support."
        " Please plan a change to a current product."
    ),
    What.END_OF_LIFE: N_(
        "Model %(model)s of device %(serial)s reaches the end of its life cycle: support and warranty end"
        " after %(day)s. We gladly offer a current product instead."
    ),
    What.VERSION: N_(
        "The software version of device %(serial)s is supported until %(day)s, a year after its successor."
        " Please plan the upgrade."
    ),
}
_OVER: Final = {
    What.UPDATES: N_(
        "The update service of device %(serial)s ended on %(day)s: there are no updates, and a support"
        " package is suspended until the renewal."
    ),
    What.TEMEL: N_("The Temel support package of device %(serial)s ended on %(day)s."),
    What.STANDART: N_("The Standart support package of device %(serial)s ended on %(day)s."),
    What.PROFESYONEL: N_("The Profesyonel support package of device %(serial)s ended on %(day)s."),
    What.WARRANTY: N_("The hardware warranty of device %(serial)s ended on %(day)s."),
    What.END_OF_SALE: N_(
        "Model %(model)s of device %(serial)s was on sale until %(day)s and now gets limited support."
        " Please plan a change to a current product."
    ),
    What.END_OF_LIFE: N_(
        "Model %(model)s of device %(serial)s has reached the end of its life cycle: support and warranty"
        " ended after %(day)s. We gladly offer a current product instead."
    ),
    What.VERSION: N_(
        "The software version of device %(serial)s was supported until %(day)s. It gets no more patches;"
        " the upgrade stays possible while the update service runs."
    ),
}


def sentence(reminder: Reminder, serial: str, model: str) -> Reason:
    """What customer and dealer read, with the clause that decides."""
    ending = reminder.ending
    texts = _OVER if reminder.step == ENDED else _AHEAD
    parameters: dict[str, Parameter] = {"serial": serial, "model": model, "day": ending.last_day}
    return Reason(ending.clauses[0], texts[ending.what], parameters)
