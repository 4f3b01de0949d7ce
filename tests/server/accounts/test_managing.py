"""Who manages whom: ours everybody, a customer's administrator the own people, nobody themselves away."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.accounts import managing, people, queries, reading
from logix_server.accounts.access import Forbidden, NotFound
from logix_server.accounts.access import viewer as of_person
from logix_server.accounts.models import Organisation, Person
from logix_server.accounts.people import NewPerson
from logix_server.accounts.reading import PeopleFilter
from logix_server.accounts.rights import Role
from logix_server.accounts.sign_in import sign_ins
from logix_server.audit.models import Record

from tests.server.people import PASSWORD, person, viewer

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BY = {"by": "operator:test", "now": NOW}


def test_each_sees_whom_it_manages_and_no_other_customers_people() -> None:
    a, b = person("customer-administrator"), person("customer-administrator")
    mate = person("customer-user", a.organisation)
    rows, total = reading.people_of(of_person(a), PeopleFilter(), NOW, limit=50)
    assert ({row.mark for row in rows}, total) == ({a.mark, mate.mark}, 2)
    with pytest.raises(NotFound):
        reading.person_of(of_person(a), b.mark, NOW)
    boss = viewer("vendor-manager")
    _, everybody = reading.people_of(boss, PeopleFilter(), NOW, limit=50)
    assert everybody == 4
    found, _ = reading.people_of(boss, PeopleFilter(text=mate.email), NOW, limit=50)
    assert [row.mark for row in found] == [mate.mark]
    for role in set(Role) - {Role.VENDOR_MANAGER, Role.CUSTOMER_ADMINISTRATOR}:
        with pytest.raises(Forbidden):
            reading.people_of(viewer(role), PeopleFilter(), NOW, limit=50)


def test_nobody_acts_on_another_customers_people() -> None:
    a, b = person("customer-administrator"), person("customer-user")
    acts = [
        lambda: managing.set_role(of_person(a), b.mark, "customer-administrator", NOW),
        lambda: managing.deactivate(of_person(a), b.mark, NOW),
        lambda: managing.reactivate(of_person(a), b.mark, NOW),
        lambda: managing.invite_again(of_person(a), b.mark, NOW),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Forbidden):
        managing.reset_second_factor(of_person(a), b.mark, "x", NOW)
    new = NewPerson(b.organisation_id, "customer-user", "N", "n@x.example")
    with pytest.raises(Forbidden):
        managing.invite_new(of_person(a), new, NOW)


def test_an_administrator_of_a_customer_gives_no_role_of_ours() -> None:
    a = person("customer-administrator")
    mate = person("customer-user", a.organisation)
    for role in ("vendor-manager", "dealer", "support-engineer"):
        with pytest.raises(InvalidInput, match="role"):
            managing.set_role(of_person(a), mate.mark, role, NOW)
        new = NewPerson(a.organisation_id, role, "N", "n@x.example")
        with pytest.raises(InvalidInput, match="role"):
            managing.invite_new(of_person(a), new, NOW)
    managing.set_role(of_person(a), mate.mark, "customer-administrator", NOW)


def test_nobody_manages_themselves_away_and_the_last_manager_stays() -> None:
    a = person("vendor-manager")
    with pytest.raises(InvalidInput, match="person"):
        managing.deactivate(of_person(a), a.mark, NOW)
    with pytest.raises(InvalidInput, match="person"):
        people.deactivate(a.pk, **BY)
    with pytest.raises(InvalidInput, match="person"):
        people.set_role(a.pk, "support-engineer", **BY)
    b = person("vendor-manager")
    people.deactivate(a.pk, **BY)
    assert Person.objects.get(pk=b.pk).active


def test_stopped_at_once_and_let_in_again() -> None:
    one = person("customer-user")
    session = sign_ins.begin(int(one.user_id or 0), "", "", NOW)
    people.deactivate(one.pk, **BY)
    assert sign_ins.look(session, int(one.user_id or 0), NOW) is None
    assert authenticate(username=one.email, password=PASSWORD) is None
    assert queries.person_by_email(one.email) is None
    with pytest.raises(IllegalTransition):
        people.deactivate(one.pk, **BY)
    people.reactivate(one.pk, **BY)
    assert authenticate(username=one.email, password=PASSWORD) is not None
    with pytest.raises(IllegalTransition):
        people.reactivate(one.pk, **BY)


def test_another_role_ends_the_sessions_of_the_former() -> None:
    boss, one = person("vendor-manager"), person("vendor-manager")
    session = sign_ins.begin(int(one.user_id or 0), "", "", NOW)
    managing.set_role(of_person(boss), one.mark, "release-manager", NOW)
    one.refresh_from_db()
    assert one.user is not None
    assert (one.role, one.user.is_superuser) == ("release-manager", False)
    assert sign_ins.look(session, one.user.pk, NOW) is None
    told = Record.objects.get(action="person.role")
    assert told.actor == f"user:{boss.mark}"
    assert told.detail == {"before": "vendor-manager", "after": "release-manager"}


def test_invitations_of_an_organisation_are_limited() -> None:
    a = of_person(person("customer-administrator"))
    for number in range(20):
        new = NewPerson(a.organisation_id, "customer-user", "N", f"n{number}@x.example")
        managing.invite_new(a, new, NOW)
    with pytest.raises(InvalidInput, match="email"):
        managing.invite_new(a, NewPerson(a.organisation_id, "customer-user", "N", "m@x.example"), NOW)


def test_names_to_show_for_actors() -> None:
    one = person("support-engineer")
    actors = [f"user:{one.mark}", "device:1", "operator:root", "user:unknown"]
    assert queries.actor_names(actors) == {f"user:{one.mark}": one.name}


def test_a_manager_grants_exceptions_by_name_or_mail() -> None:
    boss, engineer = person("vendor-manager"), person("support-engineer")
    people.set_role(boss.pk, "vendor-manager", **BY)
    assert boss.user is not None
    boss.user.is_superuser = True  # as an invitation makes it
    boss.user.save()
    permission = "contracts.grant_patch_exception"
    assert queries.may(boss.email, permission)
    assert queries.may(boss.user.get_username(), permission)
    assert not queries.may(engineer.email, permission)
    assert not queries.may("nobody@x.example", permission)


def test_who_administered_before_there_were_people_is_a_manager_of_ours() -> None:
    Organisation.objects.create(kind="vendor", name="Logix", created_at=NOW)
    User.objects.create_superuser("Root", password=PASSWORD)
    User.objects.create_user("mehmet", password=PASSWORD)
    migration = import_module("logix_server.accounts.migrations.0005_administrators_are_people")
    for _ in range(2):
        migration.make_people(apps, None)
    one = Person.objects.get()
    assert one.user is not None
    assert (one.user.username, one.role, one.email) == ("Root", "vendor-manager", "root@logix.example")
