"""What a fault means for the tickets that are open: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common.findings import CODES
from logix_server.contracts.decisions.terms import ISTANBUL, ContractFacts, Hardware, Package, PackageTerm
from logix_server.tickets.decisions.intake import (
    Bounds,
    Crowd,
    FaultFacts,
    Happening,
    JoinTicket,
    Note,
    Nothing,
    OpenTicket,
    RaiseLevel,
    Refuse,
    TicketFacts,
    decide,
    gathered,
)
from logix_server.tickets.decisions.levels import Level, level_of, most_critical
from logix_server.tickets.decisions.terms_over_time import terms_in_force

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ISTANBUL)
COVERED = ContractFacts(date(2026, 1, 10))
LAPSED = ContractFacts(date(2022, 1, 10))
DISK = FaultFacts(1, "disk:S1", "disk.pending-sectors", 2)
RAID = FaultFacts(2, "raid:md0", "raid.degraded", 2, ("disk:S1",))


def ticket(*faults: FaultFacts, level: int = 2, number: int = 7, part: str = "") -> TicketFacts:
    return TicketFacts(number, part or faults[0].part, Level(level, ("PRI-4",)), faults)


def clauses(outcome: object) -> list[str]:
    assert isinstance(outcome, OpenTicket | JoinTicket | Refuse)
    return [reason.clause for reason in outcome.reasons]


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_pri_4_gives_hardware_its_level(severity: int) -> None:
    assert level_of("raid.degraded", severity) == Level(severity, ("PRI-4",))


def test_pri_3_gives_what_is_not_hardware_its_level() -> None:
    assert level_of("filesystem.full", 3) == Level(3, ("PRI-3",))
    others = {code for code, entry in CODES.items() if not entry.hardware}
    assert {level_of(code, 2).clauses for code in others} == {("PRI-3",)}


def test_a_code_newer_than_ours_is_taken_for_hardware() -> None:
    assert level_of("quantum.leak", 1) == Level(1, ("PRI-4",))


def test_reading_20_the_most_critical_level_wins_with_all_rows_that_give_it() -> None:
    found = most_critical([Level(2, ("PRI-4",)), Level(3, ("PRI-1",)), Level(2, ("PRI-3",))])
    assert found == Level(2, ("PRI-4", "PRI-3"))


def test_a_raised_fault_opens() -> None:
    outcome = decide(Happening.RAISED, DISK, COVERED, [], NOW)
    assert isinstance(outcome, OpenTicket)
    assert (outcome.level, clauses(outcome)) == (Level(2, ("PRI-4",)), ["SUP-1", "WAR-1"])


def test_a_raised_fault_that_nothing_covers_is_refused() -> None:
    assert clauses(decide(Happening.RAISED, DISK, LAPSED, [], NOW)) == ["WAR-1", "SUP-1"]


def test_hardware_and_other_faults_ask_the_contract_differently() -> None:
    customers = replace(COVERED, hardware=Hardware.CUSTOMER)
    assert clauses(decide(Happening.RAISED, DISK, customers, [], NOW)) == ["WAR-3"]
    full = FaultFacts(3, "fs:/var", "filesystem.full", 2)
    assert isinstance(decide(Happening.RAISED, full, customers, [], NOW), OpenTicket)


@pytest.mark.parametrize(
    ("fault", "standing"),
    [
        (replace(DISK, code="disk.smart-failed", fault_id=9), ticket(DISK)),  # the same part
        (RAID, ticket(DISK)),  # it names the part
        (DISK, ticket(RAID)),  # the part is named
        (DISK, ticket(replace(DISK, fault_id=8, part="temp:x"), replace(RAID, fault_id=5))),  # by any of them
        (replace(RAID, fault_id=9), ticket(replace(DISK, fault_id=8), part="raid:md1")),
    ],
)
def test_a_related_fault_joins(fault: FaultFacts, standing: TicketFacts) -> None:
    outcome = decide(Happening.RAISED, fault, COVERED, [ticket(part="disk:zz", number=3), standing], NOW)
    assert isinstance(outcome, JoinTicket)
    assert outcome.ticket_id == 7
    assert outcome.level is None


def test_the_ticket_of_the_same_part_is_joined_before_one_that_is_related() -> None:
    other = ticket(replace(RAID, fault_id=5), number=3)
    outcome = decide(Happening.RAISED, replace(DISK, fault_id=9), COVERED, [other, ticket(DISK)], NOW)
    assert isinstance(outcome, JoinTicket)
    assert outcome.ticket_id == 7


def test_an_unrelated_fault_opens_its_own() -> None:
    other = FaultFacts(4, "disk:S2", "disk.pending-sectors", 2)
    assert isinstance(decide(Happening.RAISED, other, COVERED, [ticket(DISK, RAID)], NOW), OpenTicket)


def test_a_related_fault_that_nothing_covers_does_not_join() -> None:
    assert isinstance(decide(Happening.RAISED, RAID, LAPSED, [ticket(DISK)], NOW), Refuse)


def test_joining_raises_the_level_and_never_lowers_it() -> None:
    worse = decide(Happening.RAISED, replace(RAID, severity=1), COVERED, [ticket(DISK)], NOW)
    assert isinstance(worse, JoinTicket)
    assert worse.level == Level(1, ("PRI-4",))
    better = decide(Happening.RAISED, replace(RAID, severity=3), COVERED, [ticket(DISK)], NOW)
    assert isinstance(better, JoinTicket)
    assert better.level is None


def test_a_fault_that_returns_is_known_on_its_ticket() -> None:
    back = replace(DISK, fault_id=9)
    outcome = decide(Happening.RAISED, back, COVERED, [ticket(replace(DISK, recovered=True))], NOW)
    assert isinstance(outcome, JoinTicket)
    assert outcome.came_back
    other = replace(back, code="disk.smart-failed")
    joined = decide(Happening.RAISED, other, COVERED, [ticket(replace(DISK, recovered=True))], NOW)
    assert isinstance(joined, JoinTicket)
    assert not joined.came_back


def test_a_fault_of_a_ticket_that_gets_worse_raises_it() -> None:
    worse = replace(DISK, severity=1)
    assert decide(Happening.WORSE, worse, COVERED, [ticket(DISK)], NOW) == RaiseLevel(7, Level(1, ("PRI-4",)))
    assert decide(Happening.WORSE, DISK, COVERED, [ticket(DISK)], NOW) == Note(7, "fault-worse")
    # The ticket goes on even where the contract has run out since.
    assert decide(Happening.WORSE, worse, LAPSED, [ticket(DISK)], NOW) == RaiseLevel(7, Level(1, ("PRI-4",)))


def test_pri_4_an_urgent_fault_makes_its_ticket_urgent_and_nothing_takes_that_back() -> None:
    urgent = replace(RAID, urgent=True)
    opened = decide(Happening.RAISED, urgent, COVERED, [], NOW)
    assert isinstance(opened, OpenTicket)
    assert (opened.urgent, opened.level.level) == (True, 2)
    joined = decide(Happening.RAISED, urgent, COVERED, [ticket(DISK)], NOW)
    assert isinstance(joined, JoinTicket)
    assert (joined.urgent, joined.level) == (True, None)
    assert decide(Happening.WORSE, urgent, COVERED, [ticket(RAID)], NOW) == RaiseLevel(7, None, urgent=True)
    known = replace(ticket(RAID), urgent=True)
    assert decide(Happening.WORSE, urgent, COVERED, [known], NOW) == Note(7, "fault-worse")
    assert decide(Happening.BETTER, RAID, COVERED, [known], NOW) == Note(7, "fault-better")
    worst = replace(urgent, severity=1)
    assert decide(Happening.WORSE, worst, COVERED, [known], NOW) == RaiseLevel(7, Level(1, ("PRI-4",)))


OPEN = OpenTicket(Level(2, ("PRI-4",)), (), urgent=True)
BOUNDS = Bounds(open=50, raised=10)


@pytest.mark.parametrize(("standing", "raised"), [(0, 1), (49, 10)])
def test_within_the_bounds_a_fault_has_a_ticket_of_its_own(standing: int, raised: int) -> None:
    assert gathered(OPEN, Crowd(standing, raised), BOUNDS) is OPEN


@pytest.mark.parametrize(("standing", "raised"), [(50, 1), (3, 11), (50, 99)])
def test_a_storm_shares_one_ticket_of_its_most_critical_level(standing: int, raised: int) -> None:
    assert gathered(OPEN, Crowd(standing, raised), BOUNDS) == replace(OPEN, gathers=True)
    shared = ticket(part="many", level=3)
    joined = gathered(OPEN, Crowd(standing, raised, shared), BOUNDS)
    assert joined == JoinTicket(7, (), Level(2, ("PRI-4",)), urgent=True)
    graver = replace(shared, level=Level(1, ("PRI-4",)), urgent=True)
    assert gathered(OPEN, Crowd(standing, raised, graver), BOUNDS) == JoinTicket(7, ())


@pytest.mark.parametrize(
    ("happening", "kind"),
    [
        (Happening.BETTER, "fault-better"),
        (Happening.REPEATED, "fault-repeated"),
        (Happening.RECOVERED, "fault-recovered"),
    ],
)
def test_what_is_noted(happening: Happening, kind: str) -> None:
    assert decide(happening, DISK, COVERED, [ticket(DISK)], NOW) == Note(7, kind)


def test_a_recovery_never_raises_or_closes() -> None:
    worse = replace(DISK, severity=1, recovered=True)
    assert decide(Happening.RECOVERED, worse, COVERED, [ticket(DISK)], NOW) == Note(7, "fault-recovered")


@pytest.mark.parametrize("happening", [Happening.RECOVERED, Happening.BETTER])
def test_without_a_ticket_good_news_is_nothing(happening: Happening) -> None:
    assert decide(happening, DISK, COVERED, [], NOW) == Nothing()


@pytest.mark.parametrize("happening", [Happening.WORSE, Happening.REPEATED])
def test_without_a_ticket_bad_news_is_judged_anew(happening: Happening) -> None:
    assert isinstance(decide(happening, DISK, COVERED, [], NOW), OpenTicket)
    assert isinstance(decide(happening, DISK, LAPSED, [], NOW), Refuse)


def test_reading_5_a_suspended_package_is_named_as_such() -> None:
    package = PackageTerm(date(2022, 1, 10), 5, Package.PROFESYONEL)
    suspended = terms_in_force(replace(LAPSED, packages=(package,)), NOW)
    assert (suspended.package, suspended.suspended) == (Package.PROFESYONEL, True)
    assert terms_in_force(COVERED, NOW).package is Package.TEMEL
    assert terms_in_force(LAPSED, NOW).package is None


parts = st.sampled_from(["disk:1", "disk:2", "raid:md0", "fs:/"])
faults = st.builds(
    FaultFacts,
    fault_id=st.integers(1, 6),
    part=parts,
    code=st.sampled_from([*CODES, "new.code"]),
    severity=st.integers(1, 3),
    related_parts=st.lists(parts, max_size=2).map(tuple),
    recovered=st.booleans(),
    urgent=st.booleans(),
)
tickets = st.builds(
    TicketFacts,
    ticket_id=st.integers(1, 9),
    part=parts,
    level=st.builds(Level, st.integers(1, 3), st.just(("PRI-4",))),
    faults=st.lists(faults, max_size=3).map(tuple),
    urgent=st.booleans(),
)


@given(
    st.sampled_from(Happening),
    faults,
    st.sampled_from([COVERED, LAPSED]),
    st.lists(tickets, max_size=4, unique_by=lambda t: t.part),
)
def test_decisions_keep_their_promises(
    happening: Happening, fault: FaultFacts, contract: ContractFacts, standing: list[TicketFacts]
) -> None:
    outcome = decide(happening, fault, contract, standing, NOW)
    levels = {t.ticket_id: t.level.level for t in standing}
    match outcome:
        case OpenTicket():  # never a second one for the same part
            assert fault.part not in {t.part for t in standing}
            assert contract is COVERED
        case JoinTicket(ticket_id, _, level) if level is not None:
            assert level.level < max(levels[t.ticket_id] for t in standing if t.ticket_id == ticket_id) + 1
        case RaiseLevel(ticket_id, level, urgent):
            assert ticket_id in levels
            assert happening is not Happening.RECOVERED
            assert urgent or level is not None
            assert level is None or level.level < 3
            assert not urgent or fault.urgent
        case Refuse(reasons):
            assert reasons
            assert contract is LAPSED
