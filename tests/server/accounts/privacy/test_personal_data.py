"""KVKK: everything about a person is told, and what is personal goes, while histories and the seals hold."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import Model
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.accounts import consent, people, queries
from logix_server.accounts.access import viewer as viewer_of_person
from logix_server.accounts.models import (
    Invitation,
    Organisation,
    Person,
    RecoveryCode,
    SecondFactor,
    SignIn,
    Tries,
)
from logix_server.accounts.people import NewPerson
from logix_server.accounts.people_cli import person as command
from logix_server.accounts.privacy import erasure, personal_data, retention
from logix_server.accounts.second_factor import keeping
from logix_server.accounts.sign_in import sign_ins, tries
from logix_server.audit import sealing
from logix_server.audit.models import Record
from logix_server.config import current
from logix_server.effects.dispatch import run_pending
from logix_server.mail.models import IncomingMail, OutgoingMail
from logix_server.tickets.models import Ticket, TicketEvent

from tests.server import rows
from tests.server.people import person

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BY = {"by": "operator:test", "now": NOW}


@pytest.fixture
def ayse() -> Person:
    """Somebody who has left traces in every slice that knows people."""
    unit = rows.unit(rows.customer(dealer=True))
    one = person("customer-administrator", unit.installation.customer)
    who = viewer_of_person(one)
    one.name = "Ayşe Kaya"
    one.phone = "+905321234567"
    one.save()
    assert one.user is not None
    sign_ins.begin(one.user.pk, "192.0.2.7", "Firefox", NOW)
    keeping.begin(one.user.pk)
    consent.give(who, NOW)
    ticket = Ticket.objects.create(
        number="LGX-2026-000001", installation=unit.installation, unit=unit, component="disk", level=3,
        state="open", state_at=NOW, opened_at=NOW, reporter=one,
    )  # fmt: skip
    TicketEvent.objects.create(
        ticket=ticket, at=NOW, kind="message", actor=who.actor, public=True,
        detail={"text": f"Yours, {one.email}"},
    )  # fmt: skip
    IncomingMail.objects.create(
        sha256="a" * 64, size=9, via="imap", envelope_from=one.email, received_at=NOW, state="filed",
        state_at=NOW, sender=one.email, sender_name=one.name, subject="Disk", content={"text": "hello"},
    )  # fmt: skip
    people.ask_reset(one.email, NOW)
    run_pending(NOW)
    return one


def traces(text: str) -> dict[str, int]:
    """In which tables a text stands, anywhere."""
    found = {}
    for model in apps.get_models():
        count = sum(text in str(list(row.values())) for row in _values(model))
        if count:
            found[model._meta.label] = count
    return found


def _values(model: type[Model]) -> list[dict[str, object]]:
    return list(model._base_manager.values())


def test_the_export_tells_everything_and_opens_nothing(ayse: Person, tmp_path: Path) -> None:
    out = tmp_path / "ayse.json"
    done = CliRunner().invoke(command, ["export", ayse.email.upper(), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    told = json.loads(out.read_text(encoding="utf-8"))
    assert {
        *("accounts.Person", "accounts.SignIn", "accounts.SecondFactor", "accounts.Invitation"),
        *("accounts.DealerConsent", "auth.User", "tickets.Ticket", "tickets.TicketEvent"),
        *("mail.IncomingMail", "mail.OutgoingMail", "audit.Record"),
    } <= set(told["tables"])
    assert told["tables"]["accounts.Person"][0]["phone"] == "+905321234567"
    assert not {"password", "sealed", "sealed_next", "digest"} & {
        column for table in told["tables"].values() for row in table for column in row
    }
    other = person("customer-user")
    assert other.email not in out.read_text(encoding="utf-8")
    assert Record.objects.filter(action="person.export", subject=f"person:{ayse.mark}").count() == 1
    again = CliRunner().invoke(command, ["export", ayse.email, "--out", str(out)])
    assert again.exit_code == 1
    assert "cannot be made" in again.stderr


def test_erased_is_what_is_personal_and_nothing_that_happened(ayse: Person) -> None:
    sealing.seal(NOW + timedelta(minutes=1))
    mark, email = ayse.mark, ayse.email
    before = TicketEvent.objects.count(), Record.objects.count()
    found = erasure.erase_by_mail(email, why="asked by mail, 2 March", **BY)
    assert found == {"tickets.TicketEvent": 1}  # for a person to look at
    run_pending(NOW)
    assert set(traces(email)) == {"tickets.TicketEvent"}  # what was written to a ticket is the ticket's
    for text in ("Ayşe Kaya", "+905321234567", "192.0.2.7"):
        assert traces(text) == {}, text
    assert not SignIn.objects.exists()
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not Invitation.objects.exists()
    ayse.refresh_from_db()
    assert (ayse.name, ayse.email, ayse.mark) == ("", f"{mark}@erased.invalid", mark)
    assert Ticket.objects.get().reporter == ayse
    assert TicketEvent.objects.get(kind="message").actor == f"contact:{mark}"
    assert (TicketEvent.objects.count(), Record.objects.count()) == (before[0], before[1] + 1)
    sealing.seal(NOW + timedelta(minutes=2))
    assert sealing.verify().bad is None
    assert queries.actor_names([f"contact:{mark}"]) == {f"contact:{mark}": ""}


def test_mails_of_the_erased_keep_when_and_about_what(ayse: Person) -> None:
    waiting = IncomingMail.objects.create(
        sha256="b" * 64, size=9, via="imap", received_at=NOW, state="quarantined", state_at=NOW,
        sender=ayse.email, subject="Disk", content={"text": "hello"},
    )  # fmt: skip
    erasure.erase_by_mail(ayse.email, why="asked", **BY)
    run_pending(NOW)
    waiting.refresh_from_db()
    assert waiting.state == "discarded"
    for mail in IncomingMail.objects.all():
        assert (mail.subject, mail.sender_name, mail.content) == ("", "", {})
        assert mail.sender == f"{ayse.mark}@erased.invalid"
        assert mail.sha256 == f"erased-{mail.pk}"
    out = OutgoingMail.objects.get()
    assert (out.to, out.text, out.html, out.state) == (f"{ayse.mark}@erased.invalid", "", "", "failed")


def test_whoever_is_erased_is_nobody_any_more_and_the_address_is_free(ayse: Person) -> None:
    email = ayse.email
    erasure.erase_by_mail(email, why="asked", **BY)
    for again in (
        lambda: erasure.erase_by_mail(email, why="asked", **BY),
        lambda: personal_data.export(email, **BY),
        lambda: personal_data.export(f"{ayse.mark}@erased.invalid", **BY),
    ):
        with pytest.raises(InvalidInput, match="email"):
            again()
    with pytest.raises(IllegalTransition):
        erasure.erase(ayse.pk, why="asked", **BY)
    acme = Organisation.objects.create(kind="customer", name="Acme", created_at=NOW)
    anew = people.add(NewPerson(acme.pk, "customer-user", "Ayşe", email), **BY)
    assert anew.mark != ayse.mark


def test_without_a_reason_nobody_is_erased(ayse: Person) -> None:
    for why in ("", " ", "x" * 501):
        with pytest.raises(InvalidInput, match="why"):
            erasure.erase_by_mail(ayse.email, why=why, **BY)
    ayse.refresh_from_db()
    assert ayse.erased_at is None


def test_the_last_manager_is_not_erased() -> None:
    boss = person("vendor-manager")
    with pytest.raises(InvalidInput):
        erasure.erase_by_mail(boss.email, why="asked", **BY)


def test_what_has_had_its_time_is_forgotten(ayse: Person) -> None:
    config = current()
    tries.take([("name", "x")], NOW)
    Session.objects.create(session_key="old", session_data="", expire_date=NOW)
    later = NOW + timedelta(days=config.sign_in_days, minutes=5)
    assert retention.forget(NOW + timedelta(days=10), config) is False
    assert SignIn.objects.get().end == "expired"
    assert not Tries.objects.exists()
    assert not Session.objects.exists()
    assert Invitation.objects.exists()
    retention.forget(later + timedelta(days=10), config)
    assert not SignIn.objects.exists()
    assert not Invitation.objects.exists()
    assert Person.objects.get(pk=ayse.pk).erased_at is None


def test_who_was_stopped_long_ago_is_erased(ayse: Person) -> None:
    people.deactivate(ayse.pk, **BY)
    days = current().stopped_person_days
    assert erasure.erase_stopped(NOW + timedelta(days=days), days) == 0
    assert erasure.erase_stopped(NOW + timedelta(days=days + 1), 0) == 0
    assert erasure.erase_stopped(NOW + timedelta(days=days, seconds=1), days) == 1
    ayse.refresh_from_db()
    assert ayse.erased_at is not None
    assert Record.objects.get(action="person.erase").actor == "system:jobs"


def test_what_is_kept_is_a_list_with_the_settings_of_this_server() -> None:
    kept = {row["setting"]: row["days"] for row in personal_data.kept(current()) if row["setting"]}
    assert kept == {
        "stopped_person_days": 730,
        "sign_in_days": 180,
        "invitation_days": 30,
        "mail_ignored_days": 90,
    }
