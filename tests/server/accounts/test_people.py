"""People: invited by links that are good once, managed by those who may, stopped at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import connections
from logix_common.errors import InvalidInput
from logix_server.accounts import people, queries
from logix_server.accounts.access import viewer_of
from logix_server.accounts.lifecycle import INVITATION, PERSON, InvitationState, Standing
from logix_server.accounts.models import Invitation, Organisation, Person
from logix_server.accounts.people import NewPerson
from logix_server.accounts.sign_in import sign_ins
from logix_server.audit.models import Record
from logix_server.effects.dispatch import run_pending
from logix_server.effects.models import Effect
from logix_server.mail import to_people
from logix_server.mail.models import OutgoingMail

from tests.server.people import PASSWORD, person

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BY = {"by": "operator:test", "now": NOW}
GOOD = "dört ördek beş kaz"


def test_the_lifecycles_reach_all_their_states() -> None:
    for table, first, states in (
        (PERSON, Standing.CONTACT, set(Standing)),
        (INVITATION, InvitationState.OPEN, set(InvitationState)),
    ):
        reached = {first}
        while more := {after for one in reached for after in table.allowed.get(one, ())} - reached:
            reached |= more
        assert reached == states
    assert [state.value for state in InvitationState] == Invitation.State.values


@pytest.mark.database
@pytest.mark.django_db
class TestInvitations:
    @pytest.fixture
    def acme(self) -> Organisation:
        return Organisation.objects.create(kind="customer", name="Acme", created_at=NOW)

    def add(self, acme: Organisation, email: str = "Ayse@Acme.example") -> Person:
        return people.add(
            NewPerson(acme.pk, "customer-user", " Ayşe \t Kaya ", email, "0090 532 123 4567"), **BY
        )

    def test_a_contact_is_known_by_mail_and_cannot_sign_in(self, acme: Organisation) -> None:
        added = self.add(acme)
        assert (added.name, added.email, added.phone) == ("Ayşe Kaya", "ayse@acme.example", "+905321234567")
        assert added.standing is Standing.CONTACT
        assert queries.person_by_email(" AYSE@acme.example") == added
        assert queries.person_by_email("nobody@acme.example") is None
        record = Record.objects.get(action="person.add")
        assert record.subject == f"person:{added.mark}"
        assert "ayse" not in str(record.detail).lower()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("role", "support-engineer"),
            ("role", "boss"),
            ("name", " "),
            ("name", "x" * 201),
            ("name", "Ay\u202ese"),
            ("email", "ayse"),
            ("email", "ayse@acme.example\nBcc: x@y.example"),
            ("email", f"{'a' * 250}@acme.example"),
            ("phone", "12345"),
            ("phone", "+90532abc4567"),
            ("language", "de"),
            ("organisation_id", 10**6),
        ],
    )
    def test_what_cannot_be_is_refused_and_leaves_nothing(
        self, acme: Organisation, field: str, value: object
    ) -> None:
        told = {
            "organisation_id": acme.pk,
            "role": "customer-user",
            "name": "Ayşe",
            "email": "ayse@acme.example",
        } | {field: value}
        with pytest.raises(InvalidInput):
            people.add(NewPerson(**told), **BY)  # type: ignore[arg-type]  # hostile
        assert not Person.objects.exists()
        assert not Record.objects.filter(action="person.add").exists()

    def test_an_address_is_one_persons_and_whose_is_not_told(self, acme: Organisation) -> None:
        self.add(acme)
        with pytest.raises(InvalidInput) as caught:
            self.add(acme, "AYSE@acme.example")
        assert "Acme" not in str(caught.value)

    def test_a_link_leads_to_a_password_once(self, acme: Organisation) -> None:
        added = self.add(acme)
        token = people.invite(added.pk, **BY)
        assert people.accept(token, GOOD, NOW) == added
        user = authenticate(username="ayse@acme.example", password=GOOD)
        who = viewer_of(user)
        assert who is not None
        assert (who.role, who.actor) == ("customer-user", f"contact:{added.mark}")
        assert user is not None
        assert (user.get_username(), user.is_staff, user.is_superuser) == (added.mark, False, False)
        with pytest.raises(InvalidInput, match="link"):
            people.accept(token, GOOD, NOW)
        with pytest.raises(InvalidInput, match="person"):
            people.invite(added.pk, **BY)

    def test_a_password_that_the_rules_refuse_uses_nothing_up(self, acme: Organisation) -> None:
        token = people.invite(self.add(acme).pk, **BY)
        with pytest.raises(InvalidInput, match="password"):
            people.accept(token, "ayse@acme.example", NOW)
        people.accept(token, GOOD, NOW)

    def test_too_late_withdrawn_forged_or_of_another_kind_a_link_is_no_good(self, acme: Organisation) -> None:
        added = self.add(acme)
        first = people.invite(added.pk, **BY)
        second = people.invite(added.pk, **BY)
        body, _, signature = second.partition(":")
        bad = [
            "",
            "x",
            first,
            f"{body}x:{signature}",
            f"{body}:{signature}x",
            body,
            second + "\x00",
            second * 50,
        ]
        for token in bad:
            with pytest.raises(InvalidInput, match="link"):
                people.accept(token, GOOD, NOW)
        with pytest.raises(InvalidInput, match="link"):
            people.accept(second, GOOD, NOW + timedelta(hours=72))
        people.accept(second, GOOD, NOW + timedelta(hours=72, seconds=-1))

    def test_no_token_is_in_the_database(self, acme: Organisation) -> None:
        token = people.invite(self.add(acme).pk, **BY)
        rows = [*Invitation.objects.values(), *Effect.objects.values(), *Record.objects.values()]
        assert token not in str(rows)
        assert token.partition(":")[0] not in str(rows)

    def test_the_mail_holds_the_link_until_it_is_sent(self, acme: Organisation) -> None:
        added = self.add(acme)
        token = people.invite(added.pk, **BY)
        run_pending(NOW)
        mail = OutgoingMail.objects.get()
        assert (mail.to, mail.kind, mail.language) == ("ayse@acme.example", "invitation", "tr")
        assert token.replace(":", "%3A") in mail.text
        assert mail.kind in to_people.CONFIDENTIAL

    def test_a_link_that_is_withdrawn_before_its_mail_went_makes_none(self, acme: Organisation) -> None:
        added = self.add(acme)
        people.invite(added.pk, **BY)
        people.deactivate(added.pk, **BY)
        run_pending(NOW)
        assert not OutgoingMail.objects.exists()

    def test_a_new_password_is_mailed_to_whoever_signs_in_and_to_nobody_else(
        self, acme: Organisation
    ) -> None:
        known = person("customer-user")
        contact = self.add(acme)
        for email in (known.email.upper(), contact.email, "nobody@acme.example", "", "x" * 1_000):
            people.ask_reset(email, NOW)
        assert Effect.objects.count() == 5  # the same work for all
        run_pending(NOW)
        mail = OutgoingMail.objects.get()
        assert (mail.to, mail.kind) == (known.email, "password-reset")
        token = mail.text.partition("?t=")[2].split()[0].replace("%3A", ":")
        with pytest.raises(InvalidInput):
            people.accept(token, GOOD, NOW + timedelta(hours=1))
        old = sign_ins.begin(int(known.user_id or 0), "", "", NOW)
        people.accept(token, GOOD, NOW)
        assert authenticate(username=known.email, password=GOOD) is not None
        assert authenticate(username=known.email, password=PASSWORD) is None
        assert sign_ins.look(old, int(known.user_id or 0), NOW) is None


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_with_one_link_at_once_one_chooses_the_password() -> None:
    acme = Organisation.objects.create(kind="customer", name="Acme", created_at=NOW)
    added = people.add(NewPerson(acme.pk, "customer-user", "Ayşe", "ayse@acme.example"), **BY)
    token = people.invite(added.pk, **BY)
    outcome: list[str] = []
    start = threading.Barrier(4)

    def come() -> None:
        start.wait()
        try:
            people.accept(token, GOOD, NOW)
            outcome.append("in")
        except InvalidInput:
            outcome.append("out")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["in", "out", "out", "out"]
