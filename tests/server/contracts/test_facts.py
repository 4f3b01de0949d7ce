"""Rows become facts: the newest purchase and announcement hold, nothing is ever overwritten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from logix_server.audit.models import Record
from logix_server.contracts import actions
from logix_server.contracts.decisions.entries import Bought
from logix_server.contracts.decisions.terms import ContractFacts, Hardware, Package, PackageTerm, Term
from logix_server.contracts.models import ProductLifecycle, Purchase
from logix_server.contracts.queries import contract_facts

from tests.server import rows
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:ayse"


def test_an_installation_without_rows_has_no_facts() -> None:
    unit = rows.unit()
    assert contract_facts(unit.installation_id, unit.model) == ContractFacts(None)


def test_everything_recorded_is_in_the_facts_and_in_the_audit() -> None:
    unit = rows.unit()
    place = unit.installation_id
    actions.record_purchase(place, date(2026, 1, 10), Hardware.LOGIX, now=NOW, actor=BY)
    actions.add_package(place, Package.STANDART, date(2026, 1, 10), 3, now=NOW, actor=BY)
    actions.renew_updates(place, date(2027, 1, 10), 2, now=NOW, actor=BY)
    actions.extend_warranty(place, unit.model, date(2026, 1, 10), now=NOW, actor=BY)
    actions.announce_lifecycle(unit.model, date(2030, 1, 1), date(2033, 1, 1), now=NOW, actor=BY)
    assert contract_facts(place, unit.model) == ContractFacts(
        purchased_on=date(2026, 1, 10),
        hardware=Hardware.LOGIX,
        update_renewals=(Term(date(2027, 1, 10), 2),),
        packages=(PackageTerm(date(2026, 1, 10), 3, Package.STANDART),),
        extended_warranty=True,
        end_of_sale_on=date(2030, 1, 1),
        end_of_life_on=date(2033, 1, 1),
    )
    assert set(Record.objects.values_list("actor", flat=True)) == {BY}
    assert Record.objects.filter(action__startswith="contract.").count() == 5


def test_the_newest_row_holds_and_the_older_one_stays() -> None:
    unit = rows.unit()
    place = unit.installation_id
    later = NOW + timedelta(days=1)
    actions.record_purchase(place, date(2025, 1, 10), Hardware.CUSTOMER, now=NOW, actor=BY)
    actions.record_purchase(place, date(2026, 1, 10), Hardware.LOGIX, now=later, actor=BY)
    actions.announce_lifecycle(unit.model, date(2030, 1, 1), None, now=NOW, actor=BY)
    actions.announce_lifecycle(unit.model, date(2031, 1, 1), None, now=later, actor=BY)
    facts = contract_facts(place, unit.model)
    assert (facts.purchased_on, facts.hardware) == (date(2026, 1, 10), Hardware.LOGIX)
    assert facts.end_of_sale_on == date(2031, 1, 1)
    assert (Purchase.objects.count(), ProductLifecycle.objects.count()) == (2, 2)


def test_facts_of_one_installation_are_not_anothers() -> None:
    unit, other = rows.unit(), rows.unit()
    rows.contract(unit, package="profesyonel", extended=True)
    assert contract_facts(other.installation_id, other.model) == ContractFacts(None)


def test_an_extension_stays_when_the_day_of_the_purchase_is_put_right() -> None:
    unit = rows.unit()
    place = unit.installation_id
    actions.record_purchase(place, date(2024, 3, 1), Hardware.LOGIX, now=NOW, actor=BY)
    actions.extend_warranty(place, unit.model, date(2024, 3, 1), now=NOW, actor=BY)
    wrong = f"purchase:{Purchase.objects.get().pk}"
    right = Bought(date(2024, 3, 8), Hardware.LOGIX)
    later = NOW + timedelta(days=1)
    actions.enter(place, right, now=later, actor=BY, instead_of=wrong, why="a slip of the pen")
    facts = contract_facts(place, unit.model)
    assert (facts.purchased_on, facts.extended_warranty) == (date(2024, 3, 8), True)


def test_another_product_is_not_extended_with_the_one_before_it() -> None:
    unit = rows.unit()
    place = unit.installation_id
    actions.record_purchase(place, date(2024, 3, 1), Hardware.LOGIX, now=NOW, actor=BY)
    actions.extend_warranty(place, unit.model, date(2024, 3, 1), now=NOW, actor=BY)
    later = NOW + timedelta(days=1)
    actions.record_purchase(place, date(2026, 1, 10), Hardware.LOGIX, now=later, actor=BY)
    assert not contract_facts(place, unit.model).extended_warranty
    newest = f"purchase:{Purchase.objects.latest('id').pk}"
    actions.withdraw(newest, "it was never bought", now=later + timedelta(days=1), actor=BY)
    assert contract_facts(place, unit.model).extended_warranty
