"""The job that escalates: what is due is taken once, in one transaction with everything that follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from logix_server.accounts.models import Person
from logix_server.audit.actions import record
from logix_server.config import current
from logix_server.contracts.working_time.closures import calendar_around, office_now
from logix_server.contracts.working_time.office_hours import Office
from logix_server.escalation_rules import How, Rule, Who, rules_of
from logix_server.oncall import pages, pages_listed, queries
from logix_server.oncall.pages import NewPage
from logix_server.tickets import clocks
from logix_server.tickets.decisions.history import EventKind, in_force_history
from logix_server.tickets.escalation import letters, mails, steps
from logix_server.tickets.escalation.models import Escalation, EscalationStep
from logix_server.tickets.escalation.steps import Watched
from logix_server.tickets.events import ACTOR, lock_installation, note
from logix_server.tickets.models import Ticket
from logix_server.tickets.queries import ENDED

CLOCK: Final = "response"
TICKETS: Final = 100
ABOUT: Final = "ticket:"


def escalate(now: datetime) -> bool:
    """Look at the tickets whose time has come; whether there may be more.

    May be killed anywhere and run in several processes: a step is a row that there is once.
    """
    due = Escalation.objects.filter(next_at__lte=now).order_by("next_at", "ticket_id")
    ids = list(due.values_list("ticket_id", "ticket__installation_id")[:TICKETS])
    rules = rules_of(current().escalation_steps)
    for ticket_id, installation_id in ids:
        with transaction.atomic():
            lock_installation(installation_id)
            _look(ticket_id, rules, now)
    return len(ids) == TICKETS


def _look(ticket_id: int, rules: Sequence[Rule], now: datetime) -> None:
    """Under the installation's lock: nobody answers, moves or merges the ticket meanwhile."""
    row = Escalation.objects.filter(ticket_id=ticket_id, next_at__lte=now).first()
    if row is None:
        return  # another process was here
    ticket = Ticket.objects.select_related("unit", "assignee").get(pk=ticket_id)
    office = office_now()
    taken = EscalationStep.objects.filter(ticket=ticket, clock=CLOCK).values_list("step", flat=True)
    watched = watched_of(ticket, now, office)
    planned = steps.plan(rules, watched, set(taken), office, now)
    for rule in planned.overtaken:
        _take(ticket, rule, now, overtaken=True)
    for rule in planned.due:
        _take(ticket, rule, now)
        _tell(ticket, watched, rule, now)
    row.next_at = planned.next_at
    row.save(update_fields=["next_at"])


def watched_of(ticket: Ticket, now: datetime, office: Office) -> Watched:
    """The ticket's state as facts, its clock computed from its history at this very moment."""
    in_force = list(in_force_history(clocks.told(ticket)))
    clock = clocks.response_of(ticket, now)
    calendar = calendar_around(ticket.opened_at, now, office)
    last = in_force[-1]
    over = ticket.state in ENDED or ticket.merged_into_id is not None
    return Watched(
        package=last.package.value if last.package else "",
        level=last.level,
        since=last.at,
        deadline=clock.deadline,
        promise=steps.promise_of(in_force, calendar),
        over=over or clock.met_at is not None or clock.paused,
        acknowledged=pages_listed.acknowledged_since(f"{ABOUT}{ticket.number}", last.at),
    )


def _take(ticket: Ticket, rule: Rule, now: datetime, *, overtaken: bool = False) -> None:
    step = steps.step_of(rule, ticket.level)
    EscalationStep.objects.create(ticket=ticket, clock=CLOCK, step=step, at=now, overtaken=overtaken)


def _tell(ticket: Ticket, watched: Watched, rule: Rule, now: datetime) -> None:
    step = steps.step_of(rule, ticket.level)
    key = f"escalation:{ticket.pk}:{CLOCK}:{step}"
    people = whom(rule.who, ticket, watched.package, now)
    detail: dict[str, Any] = {
        "clock": CLOCK,
        "percent": rule.percent,
        "who": rule.who.value,
        "how": rule.how.value,
        "people": people,
    }
    if rule.how is How.PAGE:
        first = [] if rule.who is Who.ON_CALL else people
        about = f"{ABOUT}{ticket.number}"
        text = letters.page_text(ticket, watched.package, now)
        page = pages.call(NewPage(key, about, text, watched.package, first), now=now)
        note(ticket, EventKind.PAGED, now, detail | {"page": page.pk if page else None}, key=key)
    else:
        mails.of_step(ticket, watched.package, rule.percent, people, key=key, now=now)
        note(ticket, EventKind.ESCALATED, now, detail, key=key)
    record(now, ACTOR, "ticket.escalate", f"ticket:{ticket.number}", detail)


def whom(who: Who, ticket: Ticket, package: str, now: datetime) -> list[int]:
    """Ids of the people meant; where nobody is assigned those on call, where nobody is the managers."""
    if who is Who.ASSIGNEE and ticket.assignee is not None and _works(ticket.assignee):
        return [ticket.assignee.pk]
    if who is not Who.MANAGER and (on_call := queries.on_call(package, now)):
        return [one.person_id for one in on_call]
    return queries.managers()


def _works(person: Person) -> bool:
    return bool(queries.people([person.pk]))
