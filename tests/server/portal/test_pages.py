"""The pages: who may see them, what they show, in which language, with which headers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, RequestFactory
from logix_server.portal.health import FRESH, SCHEMA_SECONDS, HealthCheck

from tests.fakes.clock import FakeClock

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def signed_in(django_user_model: Any) -> Client:
    django_user_model.objects.create_user("ayse", password="a long enough password")
    client = Client()
    assert client.login(username="ayse", password="a long enough password")
    return client


@pytest.fixture
def story() -> Any:
    """One connected device with a fault and its ticket, one fault that is not covered."""
    from logix_server.accounts.models import Organisation
    from logix_server.fleet.models import Installation, Presence, Unit
    from logix_server.tickets.models import Ticket

    now = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    customer = Organisation.objects.create(kind="customer", name="Acme <script>", created_at=now)
    place = Installation.objects.create(customer=customer, name="Ankara", created_at=now)
    unit = Unit.objects.create(
        device_id="d" * 32, serial="LGX-1", model="LGX", installation=place,
        state="active", state_at=now, registered_at=now,
    )  # fmt: skip
    Presence.objects.create(
        unit=unit, gateway_id="g", stream_id="s", certificate_serial="1", boot_id="b", agent_version="1",
        protocol=1, trust_version=1, connected_at=now, last_seen_at=now, skew_us=0,
    )  # fmt: skip
    faults_of(unit, now)
    Ticket.objects.create(
        number="LGX-2026-000001", installation=place, unit=unit, component="disk", part="disk:A",
        subject={"tr": "Disk arızası", "en": "Disk fault"}, level=2, level_clauses=["PRI-4"],
        package="standart", clauses=["MAT-7"], deadline=now + timedelta(hours=4),
        deadline_clauses=["MAT-7"], state="new", state_at=now, opened_at=now,
    )  # fmt: skip
    return unit


def faults_of(unit: Any, now: datetime) -> None:
    """One that is covered and one that is not."""
    from logix_server.health.models import Fault

    shared = {
        "unit": unit, "installation": unit.installation, "component": "disk",
        "severity": 2, "worst_severity": 2, "state": "open", "raised_at": now, "changed_at": now,
        "device_time": now, "skew_us": 0,
    }  # fmt: skip
    Fault.objects.create(
        **shared, finding_id="1", part="disk:A", code="disk.pending-sectors", covered=True,
        clauses=["WAR-1"], ticket_number="LGX-2026-000001",
    )  # fmt: skip
    Fault.objects.create(
        **shared, finding_id="2", part="disk:B", code="disk.smart-failed", covered=False,
        clauses=["SUP-1"], reason={"tr": "destek yok", "en": "no support"},
    )  # fmt: skip


def test_a_stranger_is_sent_to_the_log_in(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/")
    assert client.get("/login/").status_code == 200


def test_logging_in_leads_to_the_overview_and_a_wrong_password_does_not(
    client: Client, django_user_model: Any
) -> None:
    django_user_model.objects.create_user("ayse", password="a long enough password")
    wrong = client.post("/login/", {"username": "ayse", "password": "wrong"})
    assert (wrong.status_code, b'role="alert"' in wrong.content) == (200, True)
    right = client.post("/login/", {"username": "ayse", "password": "a long enough password"})
    assert (right.status_code, right.headers["Location"]) == (302, "/")


def test_the_overview_tells_the_story(signed_in: Client, story: Any) -> None:
    page = signed_in.get("/", headers={"Accept-Language": "en"}).content.decode()
    for text in (
        "LGX-2026-000001", "Disk fault", "2 (medium)", "2026-03-02 13:00", "MAT-7, PRI-4", "LGX-1",
        "The disk has sectors that it cannot read", "not covered", "no support", "SUP-1", "connected",
    ):  # fmt: skip
        assert text in page
    assert "Acme &lt;script&gt;" in page
    assert "<script" not in page


def test_turkish_comes_first_and_english_when_asked_for(signed_in: Client, story: Any) -> None:
    turkish = signed_in.get("/").content.decode()
    assert '<html lang="tr">' in turkish
    assert "Disk arızası" in turkish
    assert "destek yok" in turkish
    assert "Açık arıza" in turkish
    english = signed_in.get("/", headers={"Accept-Language": "en-GB"}).content.decode()
    assert '<html lang="en">' in english
    assert "Open tickets" in english


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
