"""What a dealer sees is what its customers have agreed to, as long as they do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts import actions, bulk, consent, reading
from logix_server.accounts.access import Forbidden, Viewer, scope
from logix_server.accounts.access import viewer as viewer_of_person
from logix_server.accounts.models import DealerConsent, Organisation
from logix_server.accounts.rights import Role
from logix_server.audit.models import Record
from logix_server.fleet.models import Unit

from tests.server import rows
from tests.server.people import person, viewer

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BY = {"by": "operator:test", "now": NOW}


@pytest.fixture
def unit() -> Unit:
    return rows.unit(rows.customer(dealer=True))


def of(organisation: Organisation | None, role: str) -> Viewer:
    return viewer_of_person(person(role, organisation))


def seen(who: Viewer) -> list[int]:
    return list(Unit.objects.filter(scope(who, "installation__customer")).values_list("id", flat=True))


def test_a_dealer_sees_a_customer_from_the_consent_on_and_no_longer_than_it_stands(unit: Unit) -> None:
    customer = unit.installation.customer
    dealer, administrator = of(customer.dealer, "dealer"), of(customer, "customer-administrator")
    rows.unit(rows.customer(dealer=True))  # somebody else's
    assert seen(dealer) == []
    consent.give(administrator, NOW)
    consent.give(administrator, NOW)
    assert seen(dealer) == [unit.id]
    assert seen(viewer("dealer")) == []
    consent.withdraw(administrator, NOW)
    assert seen(dealer) == []
    consent.give(administrator, NOW)
    assert seen(dealer) == [unit.id]
    assert DealerConsent.objects.count() == 2
    told = Record.objects.filter(action__startswith="consent.").order_by("id")
    assert [record.action for record in told] == ["consent.give", "consent.withdraw", "consent.give"]
    assert {record.actor for record in told} == {administrator.actor}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CUSTOMER_ADMINISTRATOR}))
def test_nobody_else_gives_or_withdraws_it(role: str) -> None:
    for act in (consent.give, consent.withdraw):
        with pytest.raises(Forbidden):
            act(viewer(role), NOW)
    with pytest.raises(Forbidden):
        reading.consent_of(viewer(role))


def test_another_dealer_sees_nothing_by_the_formers_consent(unit: Unit) -> None:
    customer = unit.installation.customer
    former = customer.dealer
    administrator = of(customer, "customer-administrator")
    consent.give(administrator, NOW)
    customer.dealer = actions.add_organisation("dealer", "Other", **BY)
    actions.save_organisation(customer, ["dealer"], **BY)
    assert seen(of(customer.dealer, "dealer")) == []
    assert seen(of(former, "dealer")) == []
    customer.dealer = former
    actions.save_organisation(customer, ["dealer"], **BY)
    assert seen(of(former, "dealer")) == []  # back again is not agreed again
    assert Record.objects.get(action="consent.withdraw").detail["why"] == "another dealer"


def test_an_import_that_changes_the_dealer_ends_it_too(unit: Unit) -> None:
    customer = unit.installation.customer
    consent.give(of(customer, "customer-administrator"), NOW)
    actions.add_organisation("dealer", "Other", **BY)
    bulk.change_organisations({customer.name: {"dealer": "Other"}}, **BY)
    assert not DealerConsent.objects.filter(withdrawn_at__isnull=True).exists()


def test_without_a_dealer_there_is_nothing_to_agree_to() -> None:
    administrator = viewer("customer-administrator")
    with pytest.raises(InvalidInput, match="dealer"):
        consent.give(administrator, NOW)
    consent.withdraw(administrator, NOW)
    assert reading.consent_of(administrator).dealer == ""
    with pytest.raises(InvalidInput, match="customer"):
        consent.give_for(10**6, **BY)


def test_the_page_names_who_gave_it(unit: Unit) -> None:
    customer = unit.installation.customer
    one = person("customer-administrator", customer)
    consent.give(viewer_of_person(one), NOW)
    shown = reading.consent_of(viewer_of_person(one))
    assert shown.stands
    assert [row.given_by for row in shown.history] == [one.name]
