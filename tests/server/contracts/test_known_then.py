"""What did we know on that day: recorded, backdated, corrected, and asked at each moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from logix_common.errors import InvalidInput
from logix_server.audit.models import Record
from logix_server.contracts import actions
from logix_server.contracts.append_only import AppendOnlyError
from logix_server.contracts.decisions.entries import Bought, Excepted, HandedOver, PackageBought, Renewed
from logix_server.contracts.decisions.terms import (
    ContractFacts,
    Hardware,
    Ownership,
    Package,
    PackageTerm,
    Vendor,
)
from logix_server.contracts.history import history
from logix_server.contracts.ledger import INSTALLATION_FACTS
from logix_server.contracts.models import PackagePurchase, Purchase, Withdrawal
from logix_server.contracts.queries import (
    contract_facts,
    facts_of_installations,
    releases_of,
    version_circumstances,
)
from logix_server.fleet.models import Unit

from tests.server import rows

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:ayse"
BOUGHT = date(2026, 1, 10)


def at(day: int) -> datetime:
    return datetime(2026, 3, day, 9, 0, tzinfo=UTC)


@pytest.fixture
def unit() -> Unit:
    return rows.unit()


def enter(unit: Unit, entry: Any, day: int, **more: Any) -> None:
    actions.enter(unit.installation_id, entry, now=at(day), actor=BY, **more)


def known(unit: Unit, day: int | None) -> ContractFacts:
    then = None if day is None else at(day)
    return contract_facts(unit.installation_id, unit.model, known_at=then)


def test_what_did_we_know_on_that_day(unit: Unit) -> None:
    enter(unit, Bought(BOUGHT, Hardware.LOGIX), 2)
    enter(unit, PackageBought(Package.STANDART, date(2026, 2, 1), 1), 4)  # backdated by a month
    wrong = PackagePurchase.objects.get()
    better = PackageBought(Package.PROFESYONEL, date(2026, 2, 1), 3)
    enter(unit, better, 6, instead_of=f"package:{wrong.id}", why="typed from the wrong order")
    actions.withdraw(f"purchase:{Purchase.objects.get().id}", "another place", now=at(8), actor=BY)

    assert known(unit, 1) == ContractFacts(None)
    assert known(unit, 2) == known(unit, 3) == ContractFacts(BOUGHT)
    standart = PackageTerm(date(2026, 2, 1), 1, Package.STANDART)
    assert known(unit, 4).packages == known(unit, 5).packages == (standart,)
    profesyonel = PackageTerm(date(2026, 2, 1), 3, Package.PROFESYONEL)
    assert known(unit, 6).packages == (profesyonel,)
    assert known(unit, 7).purchased_on == BOUGHT
    assert known(unit, 8) == known(unit, None) == ContractFacts(None, packages=(profesyonel,))

    told = history(unit.installation_id, unit.model)
    assert [(one["holds_from"], one["recorded_at"], one["withdrawn_at"]) for one in told] == [
        (BOUGHT, at(2), at(8)),
        (date(2026, 2, 1), at(4), at(6)),
        (date(2026, 2, 1), at(6), None),
    ]
    assert told[1]["why"] == "typed from the wrong order"
    assert Record.objects.filter(action="contract.withdraw", actor=BY).count() == 2


def test_announcements_vendors_and_versions_are_known_from_their_recording(unit: Unit) -> None:
    by: dict[str, Any] = {"actor": BY}
    actions.announce_lifecycle(unit.model, date(2028, 1, 1), None, now=at(2), **by)
    actions.announce_lifecycle(unit.model, date(2029, 1, 1), None, now=at(4), **by)
    actions.name_vendor(unit.model, Vendor.OTHER, now=at(5), **by)
    assert [known(unit, day).end_of_sale_on for day in (1, 2, 4)] == [
        None,
        date(2028, 1, 1),
        date(2029, 1, 1),
    ]
    assert [known(unit, day).vendor for day in (4, 5)] == [Vendor.LOGIX, Vendor.OTHER]
    actions.withdraw(f"vendor:{_newest(unit, 'vendor')}", "it is ours", now=at(6), **by)
    assert known(unit, None).vendor is Vendor.LOGIX

    actions.release_version(unit.model, "7.1", date(2025, 1, 1), now=at(2), **by)
    actions.release_version(unit.model, "7.2", date(2026, 3, 3), now=at(4), **by)
    assert len(releases_of([unit.model], known_at=at(3))[unit.model]) == 1
    told = version_circumstances("7.1.4", releases_of([unit.model])[unit.model])
    assert (told.version_released_on, told.successor_released_on) == (date(2025, 1, 1), date(2026, 3, 3))


def _newest(unit: Unit, kind: str) -> int:
    told = history(unit.installation_id, unit.model)
    return max(int(one["fact"].split(":")[1]) for one in told if one["fact"].startswith(kind))


def test_war_3_hardware_changes_hands_on_a_day(unit: Unit) -> None:
    enter(unit, Bought(BOUGHT, Hardware.CUSTOMER), 2)
    enter(unit, HandedOver(date(2026, 3, 1), Hardware.LOGIX), 3)
    facts = known(unit, None)
    assert (facts.hardware, facts.ownership) == (
        Hardware.CUSTOMER,
        (Ownership(date(2026, 3, 1), Hardware.LOGIX),),
    )
    actions.extend_warranty(unit.installation_id, unit.model, date(2026, 3, 3), now=at(3), actor=BY)
    assert known(unit, None).extended_warranty


def test_rows_are_never_changed_or_deleted(unit: Unit) -> None:
    rows.contract(unit, package="temel", renewals=((date(2027, 1, 10), 1),), extended=True)
    enter(unit, HandedOver(date(2026, 2, 1), Hardware.CUSTOMER), 3)
    tried = 0
    for table in (*INSTALLATION_FACTS.values(), Withdrawal):
        row = table.objects.first()
        changes = [
            table.objects.all().delete,
            lambda table=table: table.objects.update(recorded_by="nobody"),
            lambda table=table: table.objects.update_or_create(recorded_by="nobody"),
            lambda table=table: table.objects.bulk_update([], ["recorded_by"]),
            *((row.save, row.delete) if row else ()),
        ]
        for change in changes:
            with pytest.raises(AppendOnlyError):
                change()
            tried += 1
    assert tried > 30
    assert Purchase.objects.get().recorded_by == "operator:test"


REFUSED = [
    ("purchased_on", Renewed(date(2027, 1, 10), 1), None),
    ("purchased_on", Bought(date(2026, 3, 4), Hardware.LOGIX), None),
    ("purchased_on", Bought(BOUGHT, Hardware.LOGIX), BOUGHT),
    ("purchased_on", Bought(date(1926, 1, 1), Hardware.LOGIX), None),
    ("years", PackageBought(Package.TEMEL, BOUGHT, 2), BOUGHT),
    ("years", Renewed(date(2027, 1, 10), 11), BOUGHT),
    ("starts_on", Renewed(date(2026, 1, 9), 1), BOUGHT),
    ("starts_on", Renewed(date(9999, 1, 9), 1), BOUGHT),
    ("package", PackageBought(Package.TEMEL, date(2026, 3, 1), 1), date(2020, 1, 1)),
    ("hardware", HandedOver(date(2026, 2, 1), Hardware.LOGIX), BOUGHT),
    ("starts_on", HandedOver(BOUGHT, Hardware.CUSTOMER), BOUGHT),
    ("last_day", Excepted(date(2026, 3, 3), date(2026, 3, 2), "why", "ayse"), BOUGHT),
    ("last_day", Excepted(date(2026, 3, 3), date(2027, 3, 5), "why", "ayse"), BOUGHT),
    ("why", Excepted(date(2026, 3, 3), date(2026, 3, 20), " ", "ayse"), BOUGHT),
]


@pytest.mark.parametrize(("field", "entry", "bought"), REFUSED)
def test_what_cannot_be_is_refused_naming_the_field(
    unit: Unit, field: str, entry: Any, bought: date | None
) -> None:
    if bought:
        enter(unit, Bought(bought, Hardware.LOGIX), 2)
    before = Record.objects.count()
    with pytest.raises(InvalidInput) as refused:
        enter(unit, entry, 3)
    assert str(refused.value).startswith(f"{field}: ")
    assert Record.objects.count() == before


def test_upd_5_a_package_is_judged_at_the_day_it_was_bought(unit: Unit) -> None:
    enter(unit, Bought(date(2020, 1, 1), Hardware.LOGIX), 2)
    # History: in 2020 the first year's update service ran. In 2022 none did, nor does one today.
    enter(unit, PackageBought(Package.STANDART, date(2020, 6, 1), 3), 2)
    for starts_on in (date(2022, 1, 1), date(2026, 3, 3), date(2027, 1, 1)):
        with pytest.raises(InvalidInput, match="UPD-5"):
            enter(unit, PackageBought(Package.STANDART, starts_on, 1), 3)
    enter(unit, Renewed(date(2026, 3, 1), 1), 3)
    enter(unit, PackageBought(Package.STANDART, date(2027, 1, 1), 1), 3)
    assert len(known(unit, None).packages) == 2


def test_the_same_again_and_a_wrong_correction_change_nothing(unit: Unit) -> None:
    other = rows.unit()
    enter(unit, Bought(BOUGHT, Hardware.LOGIX), 2)
    enter(other, Bought(BOUGHT, Hardware.LOGIX), 2)
    package = PackageBought(Package.STANDART, BOUGHT, 1)
    enter(unit, package, 2)
    fact = f"package:{PackagePurchase.objects.get().id}"
    with pytest.raises(InvalidInput, match="on record"):
        enter(unit, package, 3)
    with pytest.raises(InvalidInput, match="not on record here"):
        enter(other, package, 3, instead_of=fact, why="x")
    with pytest.raises(InvalidInput, match="years"):  # the correction is refused, the fact stands
        enter(unit, PackageBought(Package.STANDART, BOUGHT, 2), 3, instead_of=fact, why="x")
    assert known(unit, None).packages == (PackageTerm(BOUGHT, 1, Package.STANDART),)
    actions.withdraw(fact, "x", now=at(4), actor=BY)
    for wrong, why in ((fact, "again"), (fact, ""), ("package:0", "x"), ("nothing", "x"), ("package:²", "x")):
        with pytest.raises(InvalidInput):
            actions.withdraw(wrong, why, now=at(5), actor=BY)
    assert Withdrawal.objects.count() == 1


def test_reading_7_an_exception_is_granted_by_a_vendor_manager(unit: Unit, django_user_model: Any) -> None:
    from django.contrib.auth.models import Permission

    enter(unit, Bought(date(2020, 1, 1), Hardware.LOGIX), 2)
    granted = Excepted(date(2026, 3, 3), date(2026, 4, 3), "a worm is about", "mehmet")
    for _ in range(2):
        with pytest.raises(InvalidInput, match="granted_by"):
            actions.grant_exception(unit.installation_id, granted, now=at(3), actor=BY)
        manager, _new = django_user_model.objects.get_or_create(username="mehmet")
    manager.user_permissions.add(Permission.objects.get(codename="grant_patch_exception"))
    actions.grant_exception(unit.installation_id, granted, now=at(3), actor=BY)
    (exception,) = known(unit, None).patch_exceptions
    assert (exception.starts_on, exception.last_day) == (date(2026, 3, 3), date(2026, 4, 3))
    assert Record.objects.get(action="contract.exception").detail["granted_by"] == "mehmet"


def test_many_installations_cost_two_queries(django_assert_num_queries: Any) -> None:
    units = [rows.unit() for _ in range(5)]
    for one in units:
        rows.contract(one, package="standart", renewals=((date(2027, 1, 10), 1),), extended=True)
    with django_assert_num_queries(2):
        found = facts_of_installations({one.installation_id: one.model for one in units})
    assert len(found) == 5
    assert len({facts.packages for facts in found.values()}) == 1
    assert all(facts.extended_warranty and facts.update_renewals for facts in found.values())
    later = facts_of_installations(
        {units[0].installation_id: units[0].model}, known_at=rows.NOW - timedelta(seconds=1)
    )
    assert later[units[0].installation_id] == ContractFacts(None)
