"""Every action in every standing of a contract, written out from the terms; `yes` and `no` with clauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from logix_server.contracts.decisions.coverage import Action, decide
from logix_server.contracts.decisions.terms import (
    ISTANBUL,
    Circumstances,
    ContractFacts,
    FaultCause,
    Hardware,
    Package,
    PackageTerm,
    Term,
    Vendor,
)

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=ISTANBUL)  # within working hours
NIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=ISTANBUL)
#: Access is open, an engineer has confirmed a defect: nothing but the contract decides.
GOOD = Circumstances(access_opened=True, fault_cause=FaultCause.DEFECT, fault_confirmed=True)

FIRST_YEAR = ContractFacts(date(2025, 6, 1))
SECOND_YEAR = ContractFacts(date(2024, 6, 1))
FIFTH_YEAR = ContractFacts(date(2021, 6, 1))
RENEWED = (Term(date(2025, 6, 1), 1),)


def bought(facts: ContractFacts, package: Package) -> ContractFacts:
    """`facts` with a package for three years from the purchase on."""
    assert facts.purchased_on is not None
    return replace(facts, packages=(PackageTerm(date(2024, 6, 1), 3, package),))


STANDART = bought(replace(SECOND_YEAR, update_renewals=RENEWED), Package.STANDART)
PROFESYONEL = bought(replace(SECOND_YEAR, update_renewals=RENEWED), Package.PROFESYONEL)

FIRST_YEAR_TEMEL = """
    ticket.open                   yes MAT-2 SUP-1
    ticket.hardware_fault         yes SUP-1 WAR-1
    session.diagnose              yes MAT-3 SUP-1 SUP-5
    session.configuration_check   no  MAT-15
    session.rules                 no  MAT-9
    session.manage                no  MAT-9
    update.version                yes UPD-2 UPD-1 MAT-4
    update.patch                  yes UPD-2 UPD-4 UPD-1 MAT-5
    backup.run                    no  MAT-10
    backup.read                   yes MAT-10
    engineer.direct               no  MAT-11
    onsite.visit                  no  MAT-16
    warranty.repair               yes WAR-1 WAR-7
    warranty.replace_unit         yes WAR-1 WAR-8 WAR-7
    warranty.advance_replacement  no  MAT-14
    module.security               yes UPD-6
    module.other                  yes UPD-6 UPD-1
    sell.support                  yes SUP-2 UPD-1
    sell.extended_warranty        yes WAR-2
"""
STANDART_RUNS = """
    ticket.open                   yes MAT-2 SUP-2
    ticket.hardware_fault         yes SUP-2 WAR-1
    session.diagnose              yes MAT-3 SUP-2 SUP-5
    session.configuration_check   yes MAT-15 SUP-2 SUP-5
    session.rules                 yes MAT-9 SUP-2 SUP-5
    session.manage                no  MAT-9
    update.version                yes UPD-2 UPD-1 MAT-4
    update.patch                  yes UPD-2 UPD-4 UPD-1 MAT-5
    backup.run                    no  MAT-10
    backup.read                   yes MAT-10
    engineer.direct               yes MAT-11 SUP-2
    onsite.visit                  no  MAT-16
    warranty.repair               yes WAR-1 WAR-7
    warranty.replace_unit         yes WAR-1 WAR-8 WAR-7
    warranty.advance_replacement  no  MAT-14
    module.security               yes UPD-6
    module.other                  yes UPD-6 UPD-1
    sell.support                  yes SUP-2 UPD-1
    sell.extended_warranty        yes WAR-2
"""
PROFESYONEL_RUNS = """
    ticket.open                   yes MAT-2 SUP-2
    ticket.hardware_fault         yes SUP-2 WAR-1
    session.diagnose              yes MAT-3 SUP-2 SUP-5
    session.configuration_check   yes MAT-15 SUP-2 SUP-5
    session.rules                 yes MAT-9 SUP-2 SUP-5
    session.manage                yes MAT-9 SUP-2 SUP-5
    update.version                yes UPD-2 UPD-1 MAT-4
    update.patch                  yes UPD-2 UPD-4 UPD-1 MAT-5
    backup.run                    yes MAT-10 SUP-2
    backup.read                   yes MAT-10
    engineer.direct               yes MAT-11 SUP-2
    onsite.visit                  yes MAT-16 SUP-2 SUP-5
    warranty.repair               yes WAR-1 WAR-7
    warranty.replace_unit         yes WAR-1 WAR-8 WAR-7
    warranty.advance_replacement  yes MAT-14 WAR-11 SUP-2 WAR-1 WAR-7
    module.security               yes UPD-6
    module.other                  yes UPD-6 UPD-1
    sell.support                  yes SUP-2 UPD-1
    sell.extended_warranty        yes WAR-2
"""
#: The second year, nothing bought: only the warranty runs.
ONLY_WARRANTY = """
    ticket.open                   no  SUP-1
    ticket.hardware_fault         yes WAR-1
    session.diagnose              no  SUP-1
    session.configuration_check   no  SUP-1
    session.rules                 no  SUP-1
    session.manage                no  SUP-1
    update.version                no  UPD-3
    update.patch                  no  UPD-3
    backup.run                    no  SUP-1
    backup.read                   yes MAT-10
    engineer.direct               no  SUP-1
    onsite.visit                  no  SUP-1
    warranty.repair               yes WAR-1 WAR-7
    warranty.replace_unit         yes WAR-1 WAR-8 WAR-7
    warranty.advance_replacement  no  SUP-1
    module.security               yes UPD-6
    module.other                  no  UPD-6
    sell.support                  no  UPD-5
    sell.extended_warranty        yes WAR-2
"""
STANDART_SUSPENDED = """
    ticket.open                   no  UPD-5
    ticket.hardware_fault         yes WAR-1
    session.diagnose              no  UPD-5
    session.configuration_check   no  UPD-5
    session.rules                 no  UPD-5
    session.manage                no  UPD-5 MAT-9
    update.version                no  UPD-3
    update.patch                  no  UPD-3
    backup.run                    no  UPD-5 MAT-10
    backup.read                   yes MAT-10
    engineer.direct               no  UPD-5
    onsite.visit                  no  UPD-5 MAT-16
    warranty.repair               yes WAR-1 WAR-7
    warranty.replace_unit         yes WAR-1 WAR-8 WAR-7
    warranty.advance_replacement  no  UPD-5 MAT-14
    module.security               yes UPD-6
    module.other                  no  UPD-6
    sell.support                  no  UPD-5
    sell.extended_warranty        yes WAR-2
"""
ALL_OVER = """
    ticket.open                   no  SUP-1
    ticket.hardware_fault         no  WAR-1 SUP-1
    session.diagnose              no  SUP-1
    session.configuration_check   no  SUP-1
    session.rules                 no  SUP-1
    session.manage                no  SUP-1
    update.version                no  UPD-3
    update.patch                  no  UPD-3
    backup.run                    no  SUP-1
    backup.read                   yes MAT-10
    engineer.direct               no  SUP-1
    onsite.visit                  no  SUP-1
    warranty.repair               no  WAR-1
    warranty.replace_unit         no  WAR-1
    warranty.advance_replacement  no  SUP-1 WAR-1
    module.security               yes UPD-6
    module.other                  no  UPD-6
    sell.support                  no  UPD-5
    sell.extended_warranty        no  WAR-2
"""
NOT_OURS = """
    ticket.open                   no  SUP-3
    ticket.hardware_fault         no  SUP-3
    session.diagnose              no  SUP-3
    session.configuration_check   no  SUP-3
    session.rules                 no  SUP-3
    session.manage                no  SUP-3
    update.version                no  SUP-3
    update.patch                  no  SUP-3
    backup.run                    no  SUP-3
    backup.read                   no  SUP-3
    engineer.direct               no  SUP-3
    onsite.visit                  no  SUP-3
    warranty.repair               no  SUP-3
    warranty.replace_unit         no  SUP-3
    warranty.advance_replacement  no  SUP-3
    module.security               yes UPD-6
    module.other                  no  SUP-3
    sell.support                  no  SUP-3
    sell.extended_warranty        no  SUP-3
"""
END_OF_LIFE = """
    ticket.open                   no  LIF-3
    ticket.hardware_fault         no  LIF-3
    session.diagnose              no  LIF-3
    session.configuration_check   no  LIF-3
    session.rules                 no  LIF-3
    session.manage                no  LIF-3
    update.version                no  LIF-3
    update.patch                  no  LIF-3
    backup.run                    no  LIF-3
    backup.read                   yes MAT-10
    engineer.direct               no  LIF-3
    onsite.visit                  no  LIF-3
    warranty.repair               no  WAR-9
    warranty.replace_unit         no  WAR-9
    warranty.advance_replacement  no  WAR-9
    module.security               yes UPD-6
    module.other                  yes UPD-6 UPD-1
    sell.support                  no  LIF-3
    sell.extended_warranty        no  LIF-3
"""
CUSTOMERS_HARDWARE = """
    ticket.open                   yes MAT-2 SUP-2
    ticket.hardware_fault         no  WAR-3
    session.diagnose              yes MAT-3 SUP-2 SUP-5
    session.configuration_check   yes MAT-15 SUP-2 SUP-5
    session.rules                 yes MAT-9 SUP-2 SUP-5
    session.manage                yes MAT-9 SUP-2 SUP-5
    update.version                yes UPD-2 UPD-1 MAT-4
    update.patch                  yes UPD-2 UPD-4 UPD-1 MAT-5
    backup.run                    yes MAT-10 SUP-2
    backup.read                   yes MAT-10
    engineer.direct               yes MAT-11 SUP-2
    onsite.visit                  yes MAT-16 SUP-2 SUP-5
    warranty.repair               no  WAR-3
    warranty.replace_unit         no  WAR-3
    warranty.advance_replacement  no  WAR-3
    module.security               yes UPD-6
    module.other                  yes UPD-6 UPD-1
    sell.support                  yes SUP-2 UPD-1
    sell.extended_warranty        no  WAR-3
"""
#: Reading 11: limited support; all goes on but the sale of an extension.
END_OF_SALE = PROFESYONEL_RUNS.replace(
    "sell.extended_warranty        yes WAR-2", "sell.extended_warranty        no  WAR-2 LIF-2"
)
#: Reading 18: no access is asked of an appliance that cannot be reached, so none carries the yes.
UNREACHABLE = PROFESYONEL_RUNS.replace(" SUP-5", "")
NOT_OPENED = """
    ticket.open                   yes MAT-2 SUP-2
    ticket.hardware_fault         yes SUP-2 WAR-1
    session.diagnose              no  SUP-5
    session.configuration_check   no  SUP-5
    session.rules                 no  SUP-5
    session.manage                no  SUP-5
    update.version                yes UPD-2 UPD-1 MAT-4
    update.patch                  yes UPD-2 UPD-4 UPD-1 MAT-5
    backup.run                    yes MAT-10 SUP-2
    backup.read                   yes MAT-10
    engineer.direct               yes MAT-11 SUP-2
    onsite.visit                  no  SUP-5
    warranty.repair               no  WAR-7
    warranty.replace_unit         no  WAR-7
    warranty.advance_replacement  no  WAR-7
    module.security               yes UPD-6
    module.other                  yes UPD-6 UPD-1
    sell.support                  yes SUP-2 UPD-1
    sell.extended_warranty        yes WAR-2
"""
#: Nothing is on record, not even the purchase: nothing runs, and our own product it is.
NOTHING_KNOWN = """
    ticket.open                   no  SUP-1
    ticket.hardware_fault         no  WAR-1 SUP-1
    session.diagnose              no  SUP-1
    session.configuration_check   no  SUP-1
    session.rules                 no  SUP-1
    session.manage                no  SUP-1
    update.version                no  UPD-3
    update.patch                  no  UPD-3
    backup.run                    no  SUP-1
    backup.read                   yes MAT-10
    engineer.direct               no  SUP-1
    onsite.visit                  no  SUP-1
    warranty.repair               no  WAR-1
    warranty.replace_unit         no  WAR-1
    warranty.advance_replacement  no  SUP-1 WAR-1
    module.security               yes UPD-6
    module.other                  no  UPD-6
    sell.support                  no  UPD-5
    sell.extended_warranty        yes WAR-2
"""

STANDINGS = {
    "SUP-1, UPD-1, WAR-1, Readings 14, 21: first year": (FIRST_YEAR, GOOD, MONDAY, FIRST_YEAR_TEMEL),
    "SUP-2: Standart runs": (STANDART, GOOD, MONDAY, STANDART_RUNS),
    "MAT-11: Standart at night": (
        *(STANDART, GOOD, NIGHT),
        STANDART_RUNS.replace("engineer.direct               yes MAT-11 SUP-2", "engineer.direct no MAT-11"),
    ),
    "SUP-2: Profesyonel runs": (PROFESYONEL, GOOD, MONDAY, PROFESYONEL_RUNS),
    "MAT-1: Profesyonel at night": (PROFESYONEL, GOOD, NIGHT, PROFESYONEL_RUNS),
    "Reading 18: the highest of two counts": (
        replace(PROFESYONEL, packages=(*STANDART.packages, *PROFESYONEL.packages)),
        *(GOOD, NIGHT, PROFESYONEL_RUNS),
    ),
    "SUP-1: second year, nothing bought": (SECOND_YEAR, GOOD, MONDAY, ONLY_WARRANTY),
    "UPD-5: Standart suspended": (
        *(bought(SECOND_YEAR, Package.STANDART), GOOD, MONDAY, STANDART_SUSPENDED),
    ),
    "UPD-5, MAT-11: Standart suspended, at night": (
        *(bought(SECOND_YEAR, Package.STANDART), GOOD, NIGHT),
        STANDART_SUSPENDED.replace(
            "engineer.direct               no  UPD-5", "engineer.direct no UPD-5 MAT-11"
        ),
    ),
    "WAR-1: all is over": (FIFTH_YEAR, GOOD, MONDAY, ALL_OVER),
    "WAR-2: the extension is over too": (
        *(replace(FIFTH_YEAR, extended_warranty=True), GOOD, MONDAY, ALL_OVER.replace("WAR-1", "WAR-2")),
    ),
    "WAR-2: the extension runs": (
        *(ContractFacts(date(2023, 6, 1), extended_warranty=True), GOOD, MONDAY),
        ONLY_WARRANTY.replace("WAR-1", "WAR-2"),
    ),
    "SUP-3: not a Logix product": (replace(PROFESYONEL, vendor=Vendor.OTHER), GOOD, MONDAY, NOT_OURS),
    "LIF-3, WAR-9: end of life": (
        *(replace(PROFESYONEL, end_of_life_on=date(2026, 3, 2)), GOOD, MONDAY, END_OF_LIFE),
    ),
    "LIF-1, LIF-3: alive until its day": (
        *(replace(PROFESYONEL, end_of_life_on=date(2026, 3, 3)), GOOD, MONDAY, PROFESYONEL_RUNS),
    ),
    "WAR-3: customer's hardware": (
        *(replace(PROFESYONEL, hardware=Hardware.CUSTOMER), GOOD, MONDAY, CUSTOMERS_HARDWARE),
    ),
    "LIF-2, Reading 11: end of sale": (
        *(replace(PROFESYONEL, end_of_sale_on=date(2026, 3, 2)), GOOD, MONDAY, END_OF_SALE),
    ),
    "LIF-2: not before its day": (
        *(replace(PROFESYONEL, end_of_sale_on=date(2026, 3, 3)), GOOD, MONDAY, PROFESYONEL_RUNS),
    ),
    "SUP-5, WAR-7, Reading 9: access not opened, fault not confirmed": (
        *(PROFESYONEL, Circumstances(), MONDAY, NOT_OPENED),
    ),
    "Reading 18: an appliance that cannot be reached may be visited": (
        *(PROFESYONEL, replace(GOOD, access_opened=False, remote_possible=False), MONDAY, UNREACHABLE),
    ),
    "Reading 16: no cause named bars nothing": (
        *(PROFESYONEL, replace(GOOD, fault_cause=None), MONDAY, PROFESYONEL_RUNS),
    ),
    "no purchase on record": (ContractFacts(None), GOOD, MONDAY, NOTHING_KNOWN),
    "a purchase still to come": (ContractFacts(date(2026, 3, 3)), GOOD, MONDAY, NOTHING_KNOWN),
}
CELLS = [
    pytest.param(facts, known, at, *line.split(maxsplit=2), id=f"{name}: {line.split()[0]}")
    for name, (facts, known, at, table) in STANDINGS.items()
    for line in table.strip().splitlines()
]


@pytest.mark.parametrize(("facts", "known", "at", "action", "answer", "clauses"), CELLS)
def test_the_answer(
    facts: ContractFacts, known: Circumstances, at: datetime, action: str, answer: str, clauses: str
) -> None:
    decision = decide(facts, Action(action), at, known)
    assert (decision.allowed, decision.clauses) == (answer == "yes", tuple(clauses.split()))


@pytest.mark.parametrize("name", STANDINGS)
def test_every_action_is_in_the_table(name: str) -> None:
    table = STANDINGS[name][3]
    assert [line.split()[0] for line in table.strip().splitlines()] == [action.value for action in Action]
