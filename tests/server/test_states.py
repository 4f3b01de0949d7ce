"""What pure files and models both list must be the same list."""

from __future__ import annotations

from enum import Enum

import pytest
from django.db.models import TextChoices
from logix_common.errors import IllegalTransition
from logix_server.contracts.decisions import terms
from logix_server.contracts.models import PackagePurchase, Purchase
from logix_server.effects.dispatch import HANDLERS
from logix_server.fleet.lifecycle import ORDER, UNIT, OrderState, UnitState
from logix_server.fleet.models import Order, Unit
from logix_server.health.judgement import EFFECTS
from logix_server.health.lifecycle import FAULT, SUPPRESSION, FaultState, SuppressionState
from logix_server.health.models import Fault, Suppression
from logix_server.health.suppression import Kind
from logix_server.oncall.lifecycle import PAGE, TRY, PageState, TryState
from logix_server.oncall.models import Page, PageTry
from logix_server.pki.lifecycle import (
    AUTHORITY,
    CERTIFICATE,
    USABLE,
    AuthorityState,
    CertificateState,
)
from logix_server.pki.models import Authority, Certificate
from logix_server.tickets.decisions.intake import Happening
from logix_server.tickets.lifecycle import TICKET, TicketState
from logix_server.tickets.models import Ticket
from logix_server.tickets.queries import ENDED


@pytest.mark.parametrize(
    ("pure", "stored"),
    [
        (terms.Package, PackagePurchase.Package),
        (terms.Hardware, Purchase.Hardware),
        (Kind, Suppression.Kind),
    ],
)
def test_pure_and_stored_values_agree(pure: type[Enum], stored: type[TextChoices]) -> None:
    assert [member.value for member in pure] == stored.values


LIFECYCLES = [
    (UNIT, UnitState, Unit.State),
    (ORDER, OrderState, Order.State),
    (AUTHORITY, AuthorityState, Authority.State),
    (CERTIFICATE, CertificateState, Certificate.State),
    (FAULT, FaultState, Fault.State),
    (SUPPRESSION, SuppressionState, Suppression.State),
    (TICKET, TicketState, Ticket.State),
    (PAGE, PageState, Page.State),
    (TRY, TryState, PageTry.State),
]


@pytest.mark.parametrize(("table", "pure", "stored"), LIFECYCLES, ids=[one[0].name for one in LIFECYCLES])
def test_a_lifecycle_knows_the_stored_states_and_reaches_them_all(table, pure, stored) -> None:
    assert [state.value for state in pure] == stored.values
    first = next(iter(pure))
    reached = {first}
    while more := {after for state in reached for after in table.allowed.get(state, ())} - reached:
        reached |= more
    assert reached == set(pure)


@pytest.mark.parametrize(
    ("table", "state"),
    [
        (UNIT, UnitState.DECOMMISSIONED),
        (CERTIFICATE, CertificateState.REVOKED),
        (AUTHORITY, AuthorityState.RETIRED),
        (FAULT, FaultState.RECOVERED),
        *((SUPPRESSION, end) for end in (SuppressionState.LIFTED, SuppressionState.OVER)),
        (TICKET, TicketState.CLOSED),
        *((PAGE, end) for end in (PageState.ACKNOWLEDGED, PageState.CANCELLED)),
        *((TRY, end) for end in (TryState.SENT, TryState.FAILED, TryState.UNKNOWN, TryState.DROPPED)),
        *((ORDER, end) for end in (OrderState.DONE, OrderState.FAILED, OrderState.EXPIRED)),
    ],
)
def test_what_has_ended_stays_so(table, state) -> None:
    for other in type(state):
        with pytest.raises(IllegalTransition):
            table.check(state, other)


def test_a_solved_ticket_may_be_taken_up_again_and_only_a_solved_one_is_closed() -> None:
    assert TICKET.check(TicketState.SOLVED, TicketState.OPEN) is TicketState.OPEN
    assert TICKET.before(TicketState.CLOSED) == [TicketState.SOLVED]


def test_a_superseded_or_revoked_certificate_never_works_again() -> None:
    assert CERTIFICATE.before(CertificateState.ACTIVE) == [CertificateState.ISSUED]
    assert {state for state in CertificateState if state not in USABLE} == {
        CertificateState.SUPERSEDED,
        CertificateState.REVOKED,
    }


def test_every_event_of_a_fault_that_makes_an_effect_is_understood() -> None:
    assert {kind.value for kind in EFFECTS} == {happening.value for happening in Happening}
    assert set(EFFECTS.values()) - HANDLERS.keys() == set()


def test_one_open_ticket_a_part_means_the_same_to_the_database() -> None:
    [constraint] = Ticket._meta.constraints
    ended = [str(state.value) for state in ENDED]
    # "" is the part of what people opened, of which there may be many.
    unended = f"(NOT (AND: ('state__in', {ended})))"
    assert f"{constraint.condition}" == f"(AND: {unended}, (NOT (AND: ('part', ''))))"
