"""Replacements over rows: the whole way, what the customer is told, and what a new unit takes over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.models import DealerConsent
from logix_server.audit.models import Record
from logix_server.contracts.decisions.terms import FaultCause
from logix_server.contracts.queries import contract_facts
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Unit
from logix_server.health.actions import apply_findings
from logix_server.health.models import Fault
from logix_server.pki.models import EnrolmentToken
from logix_server.replacements import actions, fitting, queries
from logix_server.replacements.actions import Wanted
from logix_server.replacements.models import Replacement
from logix_server.replacements.queries import Filter
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = {"actor": "user:ayse@rekare.example", "now": NOW}
LATER = {"actor": "user:ayse@rekare.example", "now": NOW + timedelta(days=3)}


@pytest.fixture(autouse=True)
def authority(console: object) -> None:
    """Units get tokens: the authority is there."""


def _ticket(package: str | None = "profesyonel", **contract: object) -> Ticket:
    unit = rows.unit(rows.customer(dealer=True))
    rows.contract(unit, package=package, **contract)  # type: ignore[arg-type]
    apply_findings([finding(unit.id, f"{unit.id:x}")])
    run_pending(NOW)
    return Ticket.objects.get(installation=unit.installation)


def _confirmed(ticket: Ticket, part: str = "") -> str:
    made = actions.request(Wanted(ticket.number, part, "disk.pending-sectors", "clicks"), **BY)  # type: ignore[arg-type]
    assert made.number is not None
    actions.decide(made.number, confirmed=True, cause=FaultCause.DEFECT, found="head crash", **BY)  # type: ignore[arg-type]
    return made.number


def _states(number: str) -> list[str]:
    return [step.state for step in queries.steps_of(queries.replacement(None, number))]


def test_profesyonel_gets_the_new_unit_first_and_owes_the_old_one() -> None:
    ticket = _ticket()
    number = _confirmed(ticket)
    actions.ship(number, "Aras", "TR123", **BY)  # type: ignore[arg-type]
    found = queries.replacement(None, number)
    assert found.return_due_on == date(2026, 3, 16)
    assert {"MAT-14", "WAR-11", "WAR-7", "WAR-8"} <= set(found.clauses)
    fitting.fit_unit(number, "LGX-NEW", **LATER)  # type: ignore[arg-type]
    actions.receive(number, ticket.unit.serial, **LATER)  # type: ignore[arg-type]
    actions.close(number, "", **LATER)  # type: ignore[arg-type]
    assert _states(number) == ["requested", "confirmed", "shipped", "fitted", "received", "closed"]


def test_temel_sends_the_faulty_one_first() -> None:
    ticket = _ticket(None)
    number = _confirmed(ticket, "disk:S1")
    with pytest.raises(IllegalTransition):
        actions.ship(number, "Aras", "TR123", **BY)  # type: ignore[arg-type]
    actions.receive(number, "S1", **BY)  # type: ignore[arg-type]
    actions.ship(number, "Aras", "TR123", **BY)  # type: ignore[arg-type]
    fitting.fit_part(number, repaired=False, new_serial="S9", why="", **LATER)  # type: ignore[arg-type]
    actions.close(number, "", **LATER)  # type: ignore[arg-type]
    found = queries.replacement(None, number)
    assert (found.outcome, found.new_serial, found.return_due_on) == ("part-replaced", "S9", None)
    assert _states(number) == ["requested", "confirmed", "received", "shipped", "fitted", "closed"]


def test_a_new_unit_takes_over_the_place_and_the_old_ones_certificates_hold_no_more() -> None:
    ticket = _ticket()
    old = ticket.unit
    before = contract_facts(ticket.installation_id, old.model)
    number = _confirmed(ticket)
    actions.ship(number, "", "", **BY)  # type: ignore[arg-type]
    fitted = fitting.fit_unit(number, "LGX-NEW", **LATER)  # type: ignore[arg-type]
    old.refresh_from_db()
    assert (old.state, fitted.unit.installation_id) == ("decommissioned", ticket.installation_id)
    assert fitted.unit.model == old.model
    assert contract_facts(ticket.installation_id, old.model) == before
    assert fitted.bundle["serial"] == "LGX-NEW"
    assert EnrolmentToken.objects.filter(device_id=fitted.unit.device_id).count() == 1
    assert Record.objects.filter(action="unit.decommission", subject=f"unit:{old.serial}").exists()
    # What stood on the old unit is over, and its ticket is told so; an engineer closes it.
    run_pending(LATER["now"])  # type: ignore[arg-type]
    assert Fault.objects.get(unit=old).state == "recovered"
    assert ticket.events.filter(kind="fault-recovered").exists()
    assert [one.number for one in queries.lineage(None, old.serial)] == [number]
    assert [one.number for one in queries.lineage(None, "LGX-NEW")] == [number]
    assert [one.number for one in queries.replacements(None, Filter(serial=old.serial))] == [number]


def test_a_serial_that_is_taken_changes_nothing() -> None:
    ticket, taken = _ticket(), rows.unit()
    number = _confirmed(ticket)
    actions.ship(number, "", "", **BY)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        fitting.fit_unit(number, taken.serial, **LATER)  # type: ignore[arg-type]
    assert Unit.objects.get(pk=ticket.unit_id).state == Unit.State.ACTIVE
    assert queries.replacement(None, number).state == "shipped"


@pytest.mark.parametrize(
    ("confirmed", "cause", "clause"),
    [(True, FaultCause.ELECTRICAL, "WAR-5"), (False, FaultCause.DEFECT, "WAR-7")],
)
def test_a_refusal_says_why_with_its_clause_and_may_be_judged_anew(
    confirmed: bool, cause: FaultCause, clause: str
) -> None:
    ticket = _ticket()
    made = actions.request(Wanted(ticket.number), **BY)  # type: ignore[arg-type]
    number = str(made.number)
    refused = actions.decide(number, confirmed=confirmed, cause=cause, found="burnt input", **BY)  # type: ignore[arg-type]
    assert refused.state == "refused"
    assert clause in refused.clauses
    assert refused.reason["tr"] and refused.reason["en"]
    told = ticket.events.filter(kind="replacement", public=True).order_by("id").last()
    assert told is not None
    assert told.detail["reason"] == refused.reason and told.detail["found"] == "burnt input"
    again = actions.decide(number, confirmed=True, cause=FaultCause.DEFECT, found="it was the disk", **LATER)  # type: ignore[arg-type]
    assert again.state == "confirmed"


def test_one_of_a_part_at_a_time_and_another_once_that_has_ended() -> None:
    ticket = _ticket()
    first = actions.request(Wanted(ticket.number, "disk:S1"), **BY)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=str(first.number)):
        actions.request(Wanted(ticket.number, "disk:S1"), **BY)  # type: ignore[arg-type]
    actions.request(Wanted(ticket.number, "psu:1"), **BY)  # type: ignore[arg-type]
    actions.withdraw(str(first.number), "another cause", **BY)  # type: ignore[arg-type]
    actions.request(Wanted(ticket.number, "disk:S1"), **BY)  # type: ignore[arg-type]
    assert Replacement.objects.count() == 3


def test_what_came_back_must_be_the_unit_that_was_faulty() -> None:
    ticket = _ticket(None)
    number = _confirmed(ticket)
    with pytest.raises(InvalidInput, match=ticket.unit.serial):
        actions.receive(number, "ANOTHER", **BY)  # type: ignore[arg-type]
    actions.receive(number, ticket.unit.serial, **BY)  # type: ignore[arg-type]
    fitting.fit_part(number, repaired=True, new_serial="", why="new fan", **LATER)  # type: ignore[arg-type]
    assert queries.replacement(None, number).outcome == "repaired"
    assert Unit.objects.get(pk=ticket.unit_id).state == Unit.State.ACTIVE


def test_writing_off_what_is_owed_back_needs_a_word() -> None:
    number = _confirmed(_ticket(), "disk:S1")
    actions.ship(number, "", "", **BY)  # type: ignore[arg-type]
    fitting.fit_part(number, repaired=False, new_serial="S9", why="", **LATER)  # type: ignore[arg-type]
    late = Filter(late_on=date(2026, 3, 17))
    assert [one.number for one in queries.replacements(None, late)] == [number]
    assert queries.replacements(None, Filter(late_on=date(2026, 3, 16))) == []
    with pytest.raises(InvalidInput):
        actions.close(number, "", **LATER)  # type: ignore[arg-type]
    actions.close(number, "lost on the way back", **LATER)  # type: ignore[arg-type]
    assert queries.replacements(None, late) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"ticket_number": "LGX-1999-000001"},
        {"part": "x" * 201},
        {"fault_code": "no.such"},
        {"why": "x" * 2_001},
        {"why": "\x00"},
    ],
)
def test_a_request_that_is_none_is_refused_and_leaves_nothing(wanted: dict[str, str]) -> None:
    ticket = _ticket()
    with pytest.raises(InvalidInput):
        actions.request(Wanted(**{"ticket_number": ticket.number, **wanted}), **BY)  # type: ignore[arg-type]
    assert not Replacement.objects.exists()


def test_each_sees_only_what_is_theirs() -> None:
    mine, other = _ticket(), _ticket()
    numbers = [_confirmed(mine), _confirmed(other)]
    owner = mine.installation.customer
    viewers = {
        "vendor": Viewer(1, 1, "support-engineer", "tr", "user:a"),
        "customer": Viewer(2, owner.pk, "customer-user", "tr", "contact:b"),
        "stranger": Viewer(3, other.installation.customer_id, "customer-administrator", "tr", "contact:c"),
        "dealer": Viewer(4, owner.dealer_id or 0, "dealer", "tr", "contact:d"),
    }

    def seen() -> dict[str, list[str | None]]:
        return {
            who: [one.number for one in queries.replacements(viewer, Filter())]
            for who, viewer in viewers.items()
        }

    assert seen() == {"vendor": numbers, "customer": numbers[:1], "stranger": numbers[1:], "dealer": []}
    DealerConsent.objects.create(
        customer=owner, dealer_id=owner.dealer_id, given_by="contact:b", given_at=NOW
    )
    assert seen()["dealer"] == numbers[:1]
    for who in ("stranger",):
        with pytest.raises(NotFound):
            queries.replacement(viewers[who], numbers[0])
        assert queries.lineage(viewers[who], mine.unit.serial) == []
