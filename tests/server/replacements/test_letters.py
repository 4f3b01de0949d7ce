"""What the customer is mailed of a replacement (WAR-7: of a "no" as well, with the cause)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from logix_server.accounts.models import Person
from logix_server.contracts.decisions.terms import FaultCause
from logix_server.effects.dispatch import run_pending
from logix_server.health.actions import apply_findings
from logix_server.mail.models import OutgoingMail
from logix_server.replacements import actions, fitting
from logix_server.replacements.actions import Wanted
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.health.told import finding
from tests.server.people import person
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = {"actor": "user:ayse", "now": NOW}
LATER = {"actor": "user:ayse", "now": NOW + timedelta(days=3)}


@pytest.fixture(autouse=True)
def authority(console: object) -> None:
    """Units get tokens: the authority is there."""


def _ticket(package: str | None, language: str = "tr") -> tuple[Ticket, Person]:
    unit = rows.unit(rows.customer())
    rows.contract(unit, package=package)
    reads = person("customer-administrator", unit.installation.customer)
    Person.objects.filter(pk=reads.pk).update(language=language)
    apply_findings([finding(unit.id, f"{unit.id:x}")])
    run_pending(NOW)
    return Ticket.objects.get(installation=unit.installation), reads


def _mails(reads: Person) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind="replacement", to=reads.email).order_by("id"))


def _decided(ticket: Ticket, *, confirmed: bool, cause: FaultCause = FaultCause.DEFECT) -> str:
    made = actions.request(Wanted(ticket.number), **BY)  # type: ignore[arg-type]
    number = str(made.number)
    actions.decide(number, confirmed=confirmed, cause=cause, found="Kafa çarpması", **BY)  # type: ignore[arg-type]
    return number


def test_confirmation_and_shipment_are_told_once_each() -> None:
    ticket, reads = _ticket("profesyonel")
    number = _decided(ticket, confirmed=True)
    actions.ship(number, "Kargo", "TR42", **BY)  # type: ignore[arg-type]
    fitting.fit_unit(number, "LGX-NEW", **LATER)  # type: ignore[arg-type]
    confirmed, shipped = _mails(reads)
    assert confirmed.subject == f"[{ticket.number}] Değişim {number} onaylandı"
    assert "Kafa çarpması" in confirmed.text
    assert "WAR-11" in confirmed.text
    assert ticket.unit.serial in confirmed.text
    assert confirmed.reply_to
    assert confirmed.automatic == OutgoingMail.Automatic.GENERATED
    assert "Kargo TR42" in shipped.text
    assert "16 Mart 2026" in shipped.text


@pytest.mark.parametrize(
    ("confirmed", "cause", "clause"),
    [(False, FaultCause.DEFECT, "WAR-7"), (True, FaultCause.ELECTRICAL, "WAR-5")],
)
def test_a_refusal_is_told_with_its_cause_and_clause(confirmed: bool, cause: FaultCause, clause: str) -> None:
    ticket, reads = _ticket("profesyonel", "en")
    number = _decided(ticket, confirmed=confirmed, cause=cause)
    [mail] = _mails(reads)
    assert mail.subject == f"[{ticket.number}] Replacement {number} is refused"
    assert clause in mail.text
    assert "Kafa çarpması" in mail.text


def test_who_waits_is_told_to_send_the_faulty_one_first() -> None:
    ticket, reads = _ticket("temel")
    _decided(ticket, confirmed=True)
    [mail] = _mails(reads)
    assert "WAR-10" in mail.text
    assert "MAT-14" in mail.text
