"""Who is on call, as people read it; swaps; pages sent and taken up."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from logix_server.accounts.models import Person
from logix_server.oncall import actions, pages
from logix_server.oncall.actions import Hours
from logix_server.oncall.models import Override, Page
from logix_server.oncall.pages import NewPage

from tests.server.people import person, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:test"


def _on_duty(name: str, email: str) -> Person:
    one = person("support-engineer")
    one.name, one.email, one.phone = name, email, "+905321112233"
    one.save()
    return one


def _always(*people: Person) -> None:
    now = datetime.now(UTC)
    actions.add_rota("Gece", ["profesyonel"], 1, actor=BY, now=now)
    for one in people:
        hours = Hours(tuple(range(7)), 0, 24 * 60, date(2026, 1, 1))
        actions.add_shifts("Gece", one.email, hours, actor=BY, now=now)


def _swap(**more: str) -> dict[str, str]:
    begins = datetime.now(UTC) + timedelta(days=1)
    told = {
        "rota": "Gece",
        "starts_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + timedelta(hours=5):%Y-%m-%dT%H:%M}",
        "replaces": "ayse@rekare.example",
        "person": "mehmet@rekare.example",
        "reason": "İzin",
    }
    return told | more


def _page(about: str = "ticket:LGX-2026-000001") -> Page:
    now = datetime.now(UTC)
    with transaction.atomic():
        made = pages.call(
            NewPage(about, about, {"tr": "Disk arızalı", "en": "A disk fails"}, "profesyonel"), now=now
        )
    assert made is not None
    return made


def test_now_the_week_and_the_gaps() -> None:
    reader = signed_in("release-manager")
    assert 'id="gaps-title"' in reader.get("/rota/").content.decode()  # nobody is on any rota
    _always(_on_duty("Ayşe Kaya", "ayse@rekare.example"))
    page = reader.get("/rota/").content.decode()
    assert 'id="gaps-title"' not in page
    assert page.count("Ayşe Kaya") == 2 and "tel:+905321112233" in page  # now, and one turn of the week
    assert "<details" not in page
    assert reader.get("/rota/?package=gold&day=0001-01-01").status_code == 200
    assert "Ayşe Kaya" not in reader.get("/rota/?day=2025-06-01").content.decode().split('id="week-title"')[1]


def test_a_manager_puts_in_somebody_else_and_takes_it_back() -> None:
    _always(_on_duty("Ayşe Kaya", "ayse@rekare.example"))
    _on_duty("Mehmet Can", "mehmet@rekare.example")
    manager = signed_in("vendor-manager")
    assert manager.post("/rota/swap/", _swap()).headers["Location"] == "/rota/"
    page = manager.get("/rota/").content.decode()
    week = page.split('id="week-title"')[1].split('id="changes-title"')[0]
    assert re.findall(r"Ayşe Kaya|Mehmet Can", week) == ["Ayşe Kaya", "Mehmet Can", "Ayşe Kaya"]
    one = Override.objects.get()
    assert manager.post(f"/rota/withdraw/{one.pk}/").status_code == 302
    assert manager.post(f"/rota/withdraw/{one.pk}/").status_code == 404
    assert "Mehmet Can" not in manager.get("/rota/").content.decode().split("<details")[0]


@pytest.mark.parametrize(
    "change",
    [
        {"rota": "no such"},
        {"person": "", "replaces": ""},
        {"person": "ayse@rekare.example"},
        {"person": "stranger@elsewhere.example"},
        {"replaces": "mehmet@rekare.example", "person": "ayse@rekare.example"},  # has no shift
        {"ends_at": "2026-01-01T00:00"},
        {"starts_at": "2026-01-01T00:00", "ends_at": "2026-01-02T00:00"},
        {"ends_at": "2190-01-01T00:00"},
        {"reason": " "},
    ],
)
def test_a_change_that_cannot_be_is_told_and_what_was_typed_stays(change: dict[str, str]) -> None:
    _always(_on_duty("Ayşe Kaya", "ayse@rekare.example"))
    _on_duty("Mehmet Can", "mehmet@rekare.example")
    answer = signed_in("vendor-manager").post("/rota/swap/", _swap() | change)
    assert answer.status_code == 422 and "errorlist" in answer.content.decode()
    assert 'hx-get="/rota/"' in answer.content.decode()
    assert not Override.objects.exists()


@pytest.mark.parametrize("role", ["support-engineer", "release-manager", "dealer", "customer-administrator"])
def test_only_managers_change_the_rota(role: str) -> None:
    _always(_on_duty("Ayşe Kaya", "ayse@rekare.example"))
    _on_duty("Mehmet Can", "mehmet@rekare.example")
    other = signed_in(role)
    assert other.post("/rota/swap/", _swap()).status_code == 403
    assert other.post("/rota/withdraw/1/").status_code == 403
    assert not Override.objects.exists()


def test_a_page_is_listed_and_taken_up_once() -> None:
    one, over = _page(), _page("ticket:LGX-2026-000002")
    pages.cancel(over.pk, "answered", now=datetime.now(UTC))
    first, second = signed_in("support-engineer"), signed_in("vendor-manager")
    everything = first.get("/rota/pages/").content.decode()
    assert re.findall(r'id="page-(\d+)"', everything) == [str(over.pk), str(one.pk)]
    assert re.findall(r'id="page-(\d+)"', first.get("/rota/pages/?which=open").content.decode()) == [
        str(one.pk)
    ]
    assert "Disk arızalı" in first.get(f"/rota/pages/{one.pk}/").content.decode()
    for client in (first, second):
        assert client.post(f"/rota/pages/{one.pk}/acknowledge/").status_code == 302
    assert first.post(f"/rota/pages/{over.pk}/acknowledge/").status_code == 302
    one.refresh_from_db()
    over.refresh_from_db()
    assert (one.state, one.why, over.state) == ("acknowledged", "portal", "cancelled")
    assert "/acknowledge/" not in first.get(f"/rota/pages/{one.pk}/").content.decode()


@pytest.mark.parametrize(
    ("role", "reads"), [("release-manager", 200), ("dealer", 403), ("customer-user", 403)]
)
def test_who_may_not_take_a_page_up(role: str, reads: int) -> None:
    one, other = _page(), signed_in(role)
    assert other.get("/rota/").status_code == other.get("/rota/pages/").status_code == reads
    assert other.get(f"/rota/pages/{one.pk}/").status_code == reads
    assert other.post(f"/rota/pages/{one.pk}/acknowledge/").status_code == 403
    one.refresh_from_db()
    assert one.state == "calling"


def test_a_manager_is_told_where_rotas_come_from() -> None:
    assert "logix-server rota" in signed_in("vendor-manager").get("/rota/").content.decode()
    assert "logix-server rota" not in signed_in("support-engineer").get("/rota/").content.decode()
