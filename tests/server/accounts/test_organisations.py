"""Customers, dealers and administrators; the admin shows rows and changes none of the append-only ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from logix_common.errors import InvalidInput
from logix_server.accounts import actions, queries
from logix_server.accounts.models import Organisation
from logix_server.audit.models import Record
from logix_server.fleet.actions import open_installation

from tests.server.people import let_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BY = {"by": "operator:test", "now": NOW}


def test_a_customer_of_a_dealer():
    actions.add_organisation("dealer", "Bayi", **BY)
    actions.add_organisation("customer", "Acme", email="it@acme.example", dealer="Bayi", **BY)
    acme = queries.organisation_by_name("Acme", "customer")
    assert (acme.dealer.name, acme.language) == ("Bayi", "tr")
    assert [row.name for row in queries.list_organisations()] == ["Acme", "Bayi"]
    assert [row.name for row in queries.list_organisations(kind="dealer")] == ["Bayi"]
    assert [row.name for row in queries.list_organisations(limit=1, offset=1)] == ["Bayi"]
    assert Record.objects.filter(action="organisation.add").count() == 2


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Taken"}, "name"),
        ({"email": "no"}, "email"),
        ({"dealer": "Nobody"}, "dealer"),
        ({"dealer": "Taken"}, "dealer"),
        ({"kind": "dealer", "dealer": "Bayi"}, "dealer"),
        ({"kind": "friend"}, "kind"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(changes, where):
    actions.add_organisation("dealer", "Bayi", **BY)
    actions.add_organisation("customer", "Taken", **BY)
    told = {"kind": "customer", "name": "Acme"} | changes
    with pytest.raises(InvalidInput) as caught:
        actions.add_organisation(told.pop("kind"), told.pop("name"), **told, **BY)
    assert where in caught.value.where
    assert Organisation.objects.count() == 2
    assert Record.objects.count() == 2


def test_the_vendor_is_made_once():
    first = actions.ensure_vendor("Logix", **BY)
    assert actions.ensure_vendor("Other", **BY) == first
    assert queries.list_organisations() == []


def test_an_administrator_gets_a_password_that_the_policy_takes():
    with pytest.raises(InvalidInput, match="12"):
        actions.set_administrator("ayse", "short", **BY)
    actions.set_administrator("ayse", "correct horse battery", **BY)
    actions.set_administrator("ayse", "another long password", **BY)
    user = get_user_model().objects.get()
    assert user.is_superuser
    assert user.check_password("another long password")
    assert "password" not in str(list(Record.objects.values_list("detail", flat=True)))


@pytest.fixture
def admin_page(client, settings):
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    return let_in(client, get_user_model().objects.create_superuser("root", password="x" * 20))


MODELS = [
    *(f"fleet/{name}" for name in ("unit", "presence", "installation", "order", "inventory")),
    *("fleet/gatewayrun", "fleet/incident", "audit/record", "audit/seal"),
    *("pki/authority", "pki/certificate", "pki/trustbundleversion"),
]


@pytest.mark.parametrize("model", MODELS)
def test_the_admin_shows_and_does_not_add(admin_page, model):
    assert admin_page.get(f"/admin/{model}/").status_code == 200
    assert admin_page.get(f"/admin/{model}/add/").status_code == 403


def test_rows_cannot_be_changed_or_deleted_in_the_admin(admin_page):
    actions.add_organisation("customer", "Acme", **BY)
    row = Record.objects.get()
    assert admin_page.get(f"/admin/audit/record/{row.pk}/change/").status_code == 200
    assert admin_page.post(f"/admin/audit/record/{row.pk}/change/", {"actor": "x"}).status_code == 403
    assert admin_page.post(f"/admin/audit/record/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.actor == "operator:test"


def test_an_organisation_changed_in_the_admin_is_audited(admin_page):
    acme = actions.add_organisation("customer", "Acme", **BY)
    form = {"name": "Acme", "email": "new@acme.example", "language": "en", "dealer": ""}
    answer = admin_page.post(f"/admin/accounts/organisation/{acme.pk}/change/", form)
    assert answer.status_code == 302
    record = Record.objects.get(action="organisation.change")
    assert record.actor == "user:root"
    assert record.detail == {"email": "new@acme.example", "language": "en"}


def test_an_organisation_added_in_the_admin_is_audited(admin_page):
    bayi = actions.add_organisation("dealer", "Bayi", **BY)
    form = {"kind": "customer", "name": "Acme", "email": "", "language": "tr", "dealer": bayi.pk}
    assert admin_page.post("/admin/accounts/organisation/add/", form).status_code == 302
    told = Record.objects.get(subject="organisation:Acme")
    assert (told.actor, told.action, told.detail["dealer"]) == ("user:root", "organisation.add", "Bayi")
    assert queries.organisation_by_name("Acme").dealer == bayi


def test_the_admin_gives_nobody_but_a_customer_a_dealer(admin_page):
    bayi = actions.add_organisation("dealer", "Bayi", **BY)
    other = actions.add_organisation("dealer", "Other", **BY)
    form = {"name": "Other", "email": "", "language": "tr", "dealer": bayi.pk}
    answer = admin_page.post(f"/admin/accounts/organisation/{other.pk}/change/", form)
    assert answer.status_code == 200
    assert "dealer" in answer.context["adminform"].form.errors
    other.dealer = bayi
    with pytest.raises(InvalidInput, match="only a customer"):
        actions.save_organisation(other, ["dealer"], **BY)
    other.refresh_from_db()
    assert other.dealer is None
    assert not Record.objects.filter(action="organisation.change").exists()


def test_an_installation_is_audited_when_it_is_made(db):
    acme = actions.add_organisation("customer", "Acme", **BY)
    made = [open_installation(acme, "Ankara", BY["by"], NOW)[1] for _ in range(2)]
    assert made == [True, False]
    assert Record.objects.get(action="installation.open").actor == "operator:test"


def test_tokens_and_keys_are_not_in_the_admin(admin_page):
    assert admin_page.get("/admin/pki/enrolmenttoken/").status_code == 404
