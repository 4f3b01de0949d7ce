"""Notices as mails: one a day to an organisation, whatever came; and what failed is an incident."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from logix_common.findings import Event
from logix_server.accounts.models import Organisation
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Incident
from logix_server.health.actions import apply_findings
from logix_server.mail.models import OutgoingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.tickets.correspondence.failures import on_mail_failed
from logix_server.tickets.correspondence.notice_mails import mail_notices
from logix_server.tickets.models import Notice, Ticket

from tests.server import people, rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LATER = timedelta(minutes=30)
DAY = timedelta(days=1)


def notices(organisation: Organisation, count: int, first: int = 0) -> None:
    Notice.objects.bulk_create(
        Notice(
            key=f"n:{organisation.pk}:{number}",
            organisation=organisation,
            kind="fault-not-covered",
            text={"tr": f"Arıza {number}.", "en": f"Fault {number}."},
            clauses=["WAR-1"],
            created_at=NOW,
        )
        for number in range(first, first + count)
    )


def organisation(**fields: str) -> Organisation:
    owner = rows.customer()
    Organisation.objects.filter(pk=owner.pk).update(**fields)
    owner.refresh_from_db()
    return owner


def test_three_hundred_notices_are_one_mail() -> None:
    owner = organisation(email="Bilgi@ege.example")
    notices(owner, 300)
    assert not mail_notices(NOW + LATER - timedelta(seconds=1))
    assert OutgoingMail.objects.count() == 0
    mail_notices(NOW + LATER)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.kind, mail.automatic) == ("bilgi@ege.example", "notices", "auto-generated")
    assert mail.text.count("Arıza ") == 300
    assert "(WAR-1)" in mail.text
    assert "300" in mail.subject
    assert not Notice.objects.filter(sent_at__isnull=True).exists()


def test_what_comes_later_that_day_is_told_the_next_day() -> None:
    owner = organisation(email="bilgi@ege.example")
    notices(owner, 1)
    mail_notices(NOW + LATER)
    notices(owner, 5, first=1)
    mail_notices(NOW + 2 * LATER)
    assert OutgoingMail.objects.count() == 1
    mail_notices(NOW + DAY)
    assert OutgoingMail.objects.order_by("id")[1].text.count("Arıza ") == 5
    mail_notices(NOW + DAY + LATER)
    assert OutgoingMail.objects.count() == 2


def test_each_organisation_has_its_own_and_only_its_own() -> None:
    first, second = organisation(email="a@ege.example"), organisation(email="b@ege.example", language="en")
    notices(first, 2)
    notices(second, 3, first=10)
    mail_notices(NOW + LATER)
    texts = {mail.to: mail.text for mail in OutgoingMail.objects.all()}
    assert texts["a@ege.example"].count("Arıza ") == 2
    assert texts["b@ege.example"].count("Fault 1") == 3


def test_without_an_address_those_who_answer_for_it_are_told_or_it_waits() -> None:
    owner = organisation()
    notices(owner, 1)
    mail_notices(NOW + LATER)
    assert Notice.objects.filter(sent_at__isnull=True).count() == 1
    people.person("customer-user", owner)
    administrator = people.person("customer-administrator", owner)
    mail_notices(NOW + LATER)
    assert [mail.to for mail in OutgoingMail.objects.all()] == [administrator.email]


def test_a_storm_of_tickets_is_a_few_mails_and_one_list() -> None:
    owner = organisation(email="bilgi@ege.example")
    unit = rows.unit(owner)
    rows.contract(unit, package="standart", purchased_on=date(2026, 1, 10))
    for number in range(12):
        apply_findings([finding(unit.id, f"f{number}", part=f"disk:S{number}", event=Event.RAISED)])
    while run_pending(NOW):
        pass
    opened = OutgoingMail.objects.filter(kind="ticket-opened")
    tickets = Ticket.objects.count()
    assert opened.count() == min(5, tickets)
    assert Notice.objects.filter(kind="ticket-opened").count() == tickets - opened.count()
    mail_notices(NOW + LATER)
    if tickets > 5:
        assert OutgoingMail.objects.get(kind="notices").text.count("LGX-") == tickets - 5


def test_what_was_given_up_is_one_incident() -> None:
    for number in range(3):
        queue(
            Message(to=f"x{number}@ege.example", kind="notices", subject="x", body="x"),
            key=f"{number}",
            now=NOW,
        )
    for mail in OutgoingMail.objects.all():
        on_mail_failed({"mail_id": mail.pk}, NOW)
        on_mail_failed({"mail_id": mail.pk}, NOW)
    incident = Incident.objects.get()
    assert (incident.kind, incident.detail["count"]) == ("mail-undeliverable", 3)
