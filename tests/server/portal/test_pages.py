"""The pages: who may see them, what they show, in which language, with which headers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, RequestFactory
from logix_server.portal.health import FRESH, SCHEMA_SECONDS, HealthCheck

from tests.fakes.clock import FakeClock
from tests.server import rows
from tests.server.people import person, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_stranger_is_sent_to_the_log_in_and_comes_back(client: Client) -> None:
    answer = client.get("/devices/?text=a")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/devices/%3Ftext%3Da")
    assert client.get("/login/").status_code == 200


def test_a_part_of_a_page_asked_for_by_a_stranger_lets_the_whole_page_ask(client: Client) -> None:
    answer = client.get("/queue/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"], answer.content) == (401, "true", b"")


@pytest.mark.parametrize(
    ("role", "home"),
    [("support-engineer", "/queue/"), ("dealer", "/tickets/"), ("customer-user", "/tickets/")],
)
def test_everybody_begins_where_their_work_is(role: str, home: str) -> None:
    answer = signed_in(role).get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, home)


def test_a_user_who_is_no_person_sees_nothing(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("root", password="x" * 20))
    answer = client.get("/devices/", headers={"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "belongs to no person" in answer.content.decode()


def test_what_a_role_may_not_see_is_a_designed_no() -> None:
    answer = signed_in("customer-user").get("/queue/")
    assert answer.status_code == 403
    assert "Yetkiniz yok" in answer.content.decode()


def test_an_address_that_leads_nowhere_is_a_designed_page(client: Client) -> None:
    answer = client.get("/nothing-here/")
    assert answer.status_code == 404
    assert "Bulunamadı" in answer.content.decode()


def test_a_form_without_its_token_is_a_designed_page() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert "Lütfen yeniden gönderin" in answer.content.decode()


def test_a_failure_of_ours_tells_its_number_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    def fails(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("secret insides")

    monkeypatch.setattr("logix_server.portal.device.listing.devices", fails)
    browser = signed_in("support-engineer")
    browser.raise_request_exception = False
    answer = browser.get("/devices/", headers={"X-Request-ID": "proxy-1234"})
    page = answer.content.decode()
    assert (answer.status_code, "proxy-1234" in page, "secret" in page) == (500, True, False)


def test_turkish_comes_first_and_english_when_a_stranger_asks_for_it(client: Client) -> None:
    assert '<html lang="tr">' in client.get("/login/").content.decode()
    english = client.get("/login/", headers={"Accept-Language": "en-GB"}).content.decode()
    assert '<html lang="en">' in english
    assert "Sign in" in english


def test_a_person_reads_in_the_own_language_until_another_is_chosen() -> None:
    one = person("support-engineer")
    client = signed_in(one)
    assert '<html lang="tr">' in client.get("/devices/", headers={"Accept-Language": "en"}).content.decode()
    answer = client.post("/language/", {"language": "en", "next": "/devices/?text=a"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/devices/?text=a")
    assert '<html lang="en">' in client.get("/devices/").content.decode()


@pytest.mark.parametrize(
    ("language", "following"),
    [("en", "https://evil.example/"), ("en", "//evil.example"), ("xx", "/\\evil.example"), ("", "")],
)
def test_the_switch_of_language_leads_nowhere_else(language: str, following: str) -> None:
    answer = Client().post("/language/", {"language": language, "next": following})
    assert (answer.status_code, answer.headers["Location"] in ("/", "")) == (302, True)


def test_a_list_says_what_is_new_and_nothing_else() -> None:
    rows.unit()
    client = signed_in("support-engineer")
    first = client.get("/devices/", headers={"HX-Request": "true"})
    tag = first.headers["ETag"].strip('"')
    assert tag in first.content.decode()
    asked = {"HX-Request": "true", "If-None-Match": tag}
    assert client.get("/devices/", headers=asked).status_code == 304
    rows.unit()
    assert client.get("/devices/", headers=asked).status_code == 200


def test_names_that_others_gave_are_text() -> None:
    owner = rows.customer()
    owner.name = "Acme <script>"
    owner.save()
    rows.unit(owner)
    page = signed_in("support-engineer").get("/devices/").content.decode()
    assert "Acme &lt;script&gt;" in page
    assert "<script>" not in page


def test_every_answer_carries_a_request_id_and_secure_headers(client: Client) -> None:
    answer = client.get("/login/")
    assert len(answer.headers["X-Request-ID"]) == 16
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get("/login/", headers={"X-Request-ID": "proxy-1234"}).headers["X-Request-ID"] == (
        "proxy-1234"
    )
    forged = client.get("/login/", headers={"X-Request-ID": "a b"})
    assert forged.headers["X-Request-ID"] != "a b"


def test_pages_load_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/login/").content.decode()
    assert "http://" not in page
    assert "https://" not in page


def test_healthz_wants_a_gateway_that_lives(client: Client, rf: RequestFactory) -> None:
    from logix_server.fleet.models import GatewayRun

    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["gateway"]) == (503, "silent")

    clock = FakeClock()
    healthz = HealthCheck(clock)
    GatewayRun.objects.create(run_id="r", gateway_id="g", started_at=clock.now(), beat_at=clock.now())
    answer = healthz(rf.get("/healthz"))
    assert (answer.status_code, set(json.loads(answer.content).values())) == (200, {"ok"})

    clock.move(FRESH.total_seconds())
    assert healthz(rf.get("/healthz")).status_code == 503


def test_healthz_looks_for_missing_migrations_once_in_a_while(
    rf: RequestFactory, django_assert_num_queries: Any
) -> None:
    clock = FakeClock()
    healthz = HealthCheck(clock)
    healthz(rf.get("/healthz"))
    with django_assert_num_queries(1):  # the gateway's beat alone
        assert json.loads(healthz(rf.get("/healthz")).content)["migrations"] == "ok"

    MigrationRecorder.Migration.objects.filter(app="health").delete()
    clock.move(SCHEMA_SECONDS)
    for _ in range(2):  # a no is looked at every time
        answer = healthz(rf.get("/healthz"))
        assert (answer.status_code, json.loads(answer.content)["migrations"]) == (503, "missing")
