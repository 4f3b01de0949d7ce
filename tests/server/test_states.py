"""What pure files and models both list must be the same list."""

from __future__ import annotations

from enum import Enum

import pytest
from django.db.models import TextChoices
from logix_server.contracts import terms
from logix_server.contracts.models import PackagePurchase, Purchase
from logix_server.effects.dispatch import HANDLERS
from logix_server.health.judgement import EFFECTS
from logix_server.tickets.intake import Happening
from logix_server.tickets.models import Ticket
from logix_server.tickets.queries import ENDED


@pytest.mark.parametrize(
    ("pure", "stored"),
    [(terms.Package, PackagePurchase.Package), (terms.Hardware, Purchase.Hardware)],
)
def test_pure_and_stored_values_agree(pure: type[Enum], stored: type[TextChoices]) -> None:
    assert [member.value for member in pure] == stored.values


def test_every_event_of_a_fault_that_makes_an_effect_is_understood() -> None:
    assert {kind.value for kind in EFFECTS} == {happening.value for happening in Happening}
    assert set(EFFECTS.values()) - HANDLERS.keys() == set()


def test_one_open_ticket_a_part_means_the_same_to_the_database() -> None:
    [constraint] = Ticket._meta.constraints
    assert f"{constraint.condition}" == f"(NOT (AND: ('state__in', {[str(state.value) for state in ENDED]})))"
