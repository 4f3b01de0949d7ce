"""Lists of tickets: the queue in the order of SUP-7; a customer's own, and what is over, newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db.models import Count, Q, QuerySet
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer, scope
from logix_server.knowledge.folding import fold
from logix_server.tickets.decisions.sla import SUSPENDED_CLAUSE, Standing
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket
from logix_server.tickets.reach import CUSTOMER

PAGE_SIZE: Final = 50
#: Whoever wants page 201 narrows the filter.
MOST_PAGES: Final = 200
MOST_SEARCHED: Final = 100
_MOST_WORDS: Final = 8
#: SUP-7, with what stands within one level and package, as `tickets.decisions.queue` has it, and an index.
ORDER: Final = ("level", "package_rank", "-urgent", "due_at", "opened_at", "id")
NEWEST: Final = ("-opened_at", "-id")
ENDED: Final = frozenset({TicketState.SOLVED, TicketState.CLOSED})
_NUMBER: Final = re.compile(r"LGX-[0-9]{4}-[0-9]{6,}\Z", re.IGNORECASE)


class Tab(StrEnum):
    """Whose tickets."""

    MINE = "mine"  # an engineer's own; those that a customer's person reported
    UNASSIGNED = "unassigned"
    ALL = "all"


@dataclass(frozen=True)
class QueueFilter:
    """What is asked for; the defaults ask for all that is neither solved nor closed.

    `states` names states; () = by `ended`: False = open ones, True = solved and closed, None = both.
    `package`: "temel", "standart", "profesyonel", "none" (none ran at opening); "" = any. `text` is looked
    for in number, serial and subject, Turkish letters or not.
    """

    tab: Tab = Tab.ALL
    states: tuple[TicketState, ...] = ()
    ended: bool | None = False
    level: int | None = None
    package: str = ""
    customer_id: int | None = None
    installation_id: int | None = None
    serial: str = ""
    text: str = ""


@dataclass(frozen=True)
class Page:
    """Which part of a list; numbers begin with 1."""

    number: int = 1
    size: int = PAGE_SIZE


@dataclass(frozen=True)
class QueueRow:
    """One ticket in a list. Its subject is in the viewer's language."""

    id: int
    number: str
    subject: str
    state: TicketState
    state_at: datetime
    level: int
    level_clauses: tuple[str, ...]
    package: str  # at opening, "" = none
    urgent: bool
    deadline: datetime | None
    deadline_clauses: tuple[str, ...]
    answered_at: datetime | None
    missed_at: datetime | None
    opened_at: datetime
    origin: str
    component: str
    customer_id: int
    customer: str
    installation_id: int
    installation: str
    serial: str
    assignee_id: int | None
    assignee: str  # "" = nobody
    reporter: str  # "" = a device, or nobody known

    def standing(self, now: datetime) -> Standing:
        """How its promise of an answer stands."""
        return standing_of(self, now)


@dataclass(frozen=True)
class QueuePage:
    """A page of a list. `counts`: how many each tab holds under the same filter; `total`: of this one."""

    rows: tuple[QueueRow, ...]
    total: int
    counts: Mapping[Tab, int]
    page: int
    pages: int


def standing_of(one: QueueRow | Ticket, now: datetime) -> Standing:
    """How the response clock of a row stands at `now`, from what is written to it."""
    waits = one.answered_at is None
    if one.missed_at is not None or (waits and one.deadline is not None and now > one.deadline):
        return Standing.MISSED
    if not waits:
        return Standing.MET
    if one.deadline is None:
        return Standing.PAUSED if SUSPENDED_CLAUSE in one.deadline_clauses else Standing.NONE
    return Standing.RUNNING


EVERYTHING: Final = QueueFilter()
FIRST: Final = Page()


def queue(viewer: Viewer, asked: QueueFilter = EVERYTHING, page: Page = FIRST) -> QueuePage:
    """The tickets that `viewer` may see; two queries.

    For ours those that are worked on stand in the order of SUP-7; every other list begins with the newest.
    A page beyond the last is the last. Raises `InvalidInput` for a filter that cannot be.
    """
    if not 1 <= page.size <= 200:
        raise InvalidInput("page", f"expected 1 to 200 rows a page, got {page.size}")
    rows = _narrowed(Ticket.objects.filter(scope(viewer, CUSTOMER)), asked)
    tabs = _tabs(viewer)
    found = rows.aggregate(**{tab.value: Count("id", filter=limit) for tab, limit in tabs.items()})
    counts = {tab: int(found[tab.value]) for tab in Tab}
    total = counts[asked.tab]
    pages = min(max(1, -(-total // page.size)), MOST_PAGES)
    number = min(max(page.number, 1), pages)
    start = (number - 1) * page.size
    ordered = rows.filter(tabs[asked.tab]).order_by(*(ORDER if viewer.vendor and _open(asked) else NEWEST))
    shown = ordered.select_related("unit", "installation__customer", "assignee", "reporter")
    listed = tuple(_row(one, viewer) for one in shown[start : start + page.size]) if total else ()
    return QueuePage(listed, total, counts, number, pages)


def _tabs(viewer: Viewer) -> Mapping[Tab, Q]:
    mine = Q(assignee_id=viewer.person_id) if viewer.vendor else Q(reporter_id=viewer.person_id)
    return {Tab.MINE: mine, Tab.UNASSIGNED: Q(assignee__isnull=True), Tab.ALL: Q(id__isnull=False)}


def _open(asked: QueueFilter) -> bool:
    """Whether only what is still worked on is asked for: that has an order of work."""
    return not ENDED.intersection(asked.states) if asked.states else asked.ended is False


def _narrowed(rows: QuerySet[Ticket], asked: QueueFilter) -> QuerySet[Ticket]:
    if asked.states:
        rows = rows.filter(state__in=[state.value for state in asked.states])
    if _open(asked):
        rows = rows.filter(ended=0)
    elif not asked.states and asked.ended:
        rows = rows.filter(ended=1)
    equal = {
        "level": asked.level,
        "installation__customer_id": asked.customer_id,
        "installation_id": asked.installation_id,
        "unit__serial": _word("serial", asked.serial) or None,
        "package": _package(asked.package),
    }
    rows = rows.filter(**{field: value for field, value in equal.items() if value is not None})
    text = _word("text", asked.text)
    if _NUMBER.match(text):
        return rows.filter(number=text.upper())
    for word in fold(text).split()[:_MOST_WORDS]:
        rows = rows.filter(words__contains=word)
    return rows


def _word(where: str, text: str) -> str:
    if len(text) > MOST_SEARCHED or "\0" in text:
        raise InvalidInput(where, f"expected at most {MOST_SEARCHED} characters")
    return text.strip()


def _package(package: str) -> str | None:
    known = ("", "none", "temel", "standart", "profesyonel")
    if package not in known:
        raise InvalidInput("package", f"expected one of {', '.join(known[1:])}")
    return None if package == "" else package.removeprefix("none")


def _row(one: Ticket, viewer: Viewer) -> QueueRow:
    return QueueRow(
        id=one.pk,
        number=one.number,
        subject=subject_in(one, viewer.language),
        state=TicketState(one.state),
        state_at=one.state_at,
        level=one.level,
        level_clauses=tuple(one.level_clauses),
        package=one.package,
        urgent=one.urgent,
        deadline=one.deadline,
        deadline_clauses=tuple(one.deadline_clauses),
        answered_at=one.answered_at,
        missed_at=one.missed_at,
        opened_at=one.opened_at,
        origin=one.origin,
        component=one.component,
        customer_id=one.installation.customer_id,
        customer=one.installation.customer.name,
        installation_id=one.installation_id,
        installation=one.installation.name,
        serial=one.unit.serial,
        assignee_id=one.assignee_id,
        assignee=one.assignee.name if one.assignee else "",
        reporter=one.reporter.name if one.reporter else "",
    )


def subject_in(one: Ticket, language: str) -> str:
    """The subject in a language, or in the other where there is none."""
    return str(one.subject.get(language) or one.subject.get("en") or one.subject.get("tr") or one.number)
