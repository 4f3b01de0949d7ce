"""What the contract gives whoever is about to open a ticket: asked before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logix_server.accounts.access import Viewer
from logix_server.accounts.models import Person
from logix_server.accounts.rights import Right, require
from logix_server.contracts.decisions.coverage import NOTHING_KNOWN, Action
from logix_server.contracts.decisions.entitlements import Entitlement, entitlement
from logix_server.contracts.queries import contract_facts
from logix_server.contracts.working_time.closures import calendar_around, office_now
from logix_server.contracts.working_time.office_hours import Office
from logix_server.fleet.models import Unit
from logix_server.fleet.places import standing_at
from logix_server.tickets.decisions import sla
from logix_server.tickets.decisions.sla import InForce
from logix_server.tickets.decisions.terms_over_time import Terms, terms_in_force

#: Of more people than these a ticket is opened without one, or by mail.
MOST_REPORTERS: Final = 500


@dataclass(frozen=True)
class Promise:
    """What is promised for a ticket of this level.

    `target`: minutes of working time, "same-day", None = no committed time. `due_at`: when an answer would
    be due to a ticket that is opened now. `clauses`: what that rests on.
    """

    level: int
    target: int | str | None
    due_at: datetime | None
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Offer:
    """The contract's answers for the device that stands at a place.

    `any_problem` is about every kind of ticket, `hardware_fault` about those of hardware (Reading 6).
    """

    unit: Unit
    terms: Terms
    any_problem: Entitlement
    hardware_fault: Entitlement
    promises: tuple[Promise, ...]  # by level, the most critical first
    reporters: tuple[tuple[int, str], ...]  # for ours: (id, name) of those who may have called

    @property
    def allowed(self) -> bool:
        """Whether any ticket can be opened at all."""
        return self.any_problem.decision.allowed or self.hardware_fault.decision.allowed


def offer(viewer: Viewer, serial: str, now: datetime) -> Offer:
    """What a ticket for the device would get. Raises `NotFound`, `Forbidden`; writes nothing."""
    require(viewer, Right.OPEN_TICKET)
    unit = standing_at(viewer, serial)
    facts, office = contract_facts(unit.installation_id, unit.model), office_now()
    terms = terms_in_force(facts, now)
    return Offer(
        unit,
        terms,
        entitlement(facts, Action.TICKET_OPEN, now, NOTHING_KNOWN, office),
        entitlement(facts, Action.TICKET_HARDWARE_FAULT, now, NOTHING_KNOWN, office),
        tuple(_promise(level, terms, now, office) for level in (1, 2, 3)),
        _reporters(unit) if viewer.vendor else (),
    )


def _promise(level: int, terms: Terms, now: datetime, office: Office) -> Promise:
    begun = [InForce(now, level, terms.package, terms.suspended)]
    clock = sla.response(begun, calendar_around(now, now, office))
    target = None if terms.package is None or terms.suspended else sla.TARGETS[terms.package, level]
    return Promise(level, target, clock.deadline, clock.clauses)


def _reporters(unit: Unit) -> tuple[tuple[int, str], ...]:
    """People of the customer and of its dealer, by name."""
    customer = unit.installation.customer
    theirs = [one for one in (customer.pk, customer.dealer_id) if one is not None]
    people = Person.objects.filter(organisation__in=theirs, erased_at__isnull=True).order_by("name", "id")
    return tuple(people.values_list("id", "name")[:MOST_REPORTERS])
