"""Opening a ticket: the device, the contract's answer before and after, once, and for one's own alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from logix_server.audit.models import Record
from logix_server.knowledge import actions as knowledge
from logix_server.knowledge.actions import Content, Text
from logix_server.knowledge.lifecycle import ArticleState
from logix_server.tickets.models import Attachment, Ticket

from tests.server import rows
from tests.server.people import person, signed_in
from tests.server.portal.customers import (
    covered,
    dealer_of,
    form,
    lapsed,
    somebody,
    strangers,
    warranted,
    words,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize("role", ["customer-administrator", "customer-user"])
def test_a_customer_opens_one_and_lands_on_its_page(role: str) -> None:
    unit = covered()
    who = somebody(unit, role)
    answer = signed_in(who).post(f"/tickets/new/{unit.serial}/", form(**{"PRI-3": "2", "PRI-6": "1"}))
    ticket = Ticket.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/tickets/{ticket.number}/")
    assert (ticket.level, ticket.level_clauses, ticket.level_answers) == (
        1,
        ["PRI-6"],
        {"PRI-3": 2, "PRI-6": 1},
    )
    assert (ticket.origin, ticket.reporter, ticket.package) == ("web", who, "profesyonel")
    assert ticket.deadline is not None


def test_a_dealer_opens_one_for_a_customer_that_agreed() -> None:
    unit = covered(rows.customer(dealer=True))
    dealer = signed_in(dealer_of(unit, agreed=True))
    assert dealer.get("/tickets/new/").headers["Location"] == f"/tickets/new/{unit.serial}/"
    assert dealer.post(f"/tickets/new/{unit.serial}/", form()).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.level, ticket.level_clauses) == (3, ["PRI-6"])  # nothing was answered


def test_an_engineer_opens_one_by_phone_for_who_called() -> None:
    unit = covered()
    who = somebody(unit)
    engineer = signed_in("support-engineer")
    page = engineer.get(f"/tickets/new/{unit.serial}/").content.decode()
    assert "Arayan" in page and who.name in page
    stranger = person("customer-user")
    wrong = engineer.post(f"/tickets/new/{unit.serial}/", form(reporter=str(stranger.pk)))
    assert (wrong.status_code, Ticket.objects.count()) == (422, 0)
    assert engineer.post(f"/tickets/new/{unit.serial}/", form(reporter=str(who.pk))).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.origin, ticket.reporter) == ("phone", who)


def test_nobody_elses_device_and_nobody_without_the_right() -> None:
    unit = covered(rows.customer(dealer=True))
    for stranger in strangers(unit):
        assert stranger.get(f"/tickets/new/{unit.serial}/").status_code == 404
        assert stranger.post(f"/tickets/new/{unit.serial}/", form()).status_code == 404
        assert unit.serial not in stranger.get("/tickets/new/").content.decode()
    release = signed_in("release-manager")
    assert release.post(f"/tickets/new/{unit.serial}/", form()).status_code == 403
    assert not Ticket.objects.exists()


def test_the_device_is_looked_for_where_there_are_many() -> None:
    first = covered()
    second = covered(first.installation.customer)
    client = signed_in(somebody(first))
    shown = client.get("/tickets/new/").content.decode()
    assert first.serial in shown and second.serial in shown
    found = client.get("/tickets/new/", {"text": second.installation.name}).content.decode()
    assert f"/tickets/new/{second.serial}/" in found and f"/tickets/new/{first.serial}/" not in found
    assert "Uyan cihaz yok." in client.get("/tickets/new/", {"text": "nowhere"}).content.decode()


def test_who_has_no_device_is_told_so() -> None:
    assert "Henüz kayıtlı bir cihaz yok" in signed_in("customer-user").get("/tickets/new/").content.decode()


def test_the_form_shows_what_the_contract_gives_before_anything_is_sent() -> None:
    unit = covered(package="standart")
    said = words(signed_in(somebody(unit)).get(f"/tickets/new/{unit.serial}/"))
    for told in ("Standart", "2 sa MAT-8, MAT-1", "4 sa MAT-7, MAT-1", "6 sa MAT-6, MAT-1", "MAT-2, SUP-2"):
        assert told in said, told


def test_temel_commits_no_time_at_the_higher_levels_and_says_why() -> None:
    unit = covered(package=None)  # the first year's
    said = words(signed_in(somebody(unit)).get(f"/tickets/new/{unit.serial}/"))
    assert "Temel" in said and "aynı gün MAT-6, MAT-1" in said
    assert "taahhüt edilen süre yok MAT-8 Paket bu seviyede süre taahhüt etmez" in said


def test_where_nothing_runs_the_page_says_why_and_what_would_change_it() -> None:
    unit = lapsed()
    said = words(signed_in(somebody(unit)).get(f"/tickets/new/{unit.serial}/"))
    for told in ("SUP-1", "WAR-1", "Güncelleme hizmeti yenilenir.", "Temel paketi satın alınır."):
        assert told in said, told
    assert (
        'name="subject"' not in signed_in(somebody(unit)).get(f"/tickets/new/{unit.serial}/").content.decode()
    )


def test_a_no_after_sending_keeps_every_word_and_cites_its_clauses() -> None:
    for unit in (lapsed(), warranted()):
        sent = form(subject="Konu şu", text="Uzun\nmetin <b>", **{"PRI-3": "1"})
        answer = signed_in(somebody(unit)).post(f"/tickets/new/{unit.serial}/", sent)
        page, said = answer.content.decode(), words(answer)
        assert answer.status_code == 422
        assert "Konu şu" in page and "Uzun\nmetin &lt;b&gt;" in page
        assert re.search(r'name="PRI-3" value="1"[^>]* checked', page)
        assert "SUP-1" in said and "Temel paketi satın alınır." in said
    assert not Ticket.objects.exists()
    assert Record.objects.filter(action="ticket.refused").count() == 2


def test_under_warranty_alone_a_hardware_fault_is_taken() -> None:
    unit = warranted()
    client = signed_in(somebody(unit))
    assert "Şu anda yalnızca donanım arızaları kapsamda" in words(client.get(f"/tickets/new/{unit.serial}/"))
    assert client.post(f"/tickets/new/{unit.serial}/", form(**{"PRI-4": "1"})).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.level, ticket.deadline, ticket.clauses) == (1, None, ["WAR-1"])


def test_the_same_form_twice_is_one_ticket_and_other_words_are_another() -> None:
    unit = covered()
    client = signed_in(somebody(unit))
    answers = [client.post(f"/tickets/new/{unit.serial}/", form()) for _ in range(3)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert Ticket.objects.count() == 1
    client.post(f"/tickets/new/{unit.serial}/", form(text="Something else."))  # the browser went back
    assert Ticket.objects.count() == 2


def test_files_go_with_it_and_one_that_is_not_taken_opens_nothing() -> None:
    unit = covered()
    client = signed_in(somebody(unit))
    bad = form(attachments=[SimpleUploadedFile("x.exe", b"MZ")])
    answer = client.post(f"/tickets/new/{unit.serial}/", bad)
    assert answer.status_code == 422 and "x.exe" in answer.content.decode()
    assert not Ticket.objects.exists()
    good = form(attachments=[SimpleUploadedFile("a.log", b"dark"), SimpleUploadedFile("b.txt", b"x")])
    assert client.post(f"/tickets/new/{unit.serial}/", good).status_code == 302
    assert sorted(Attachment.objects.values_list("name", "public")) == [("a.log", True), ("b.txt", True)]


@pytest.mark.parametrize(
    "hostile",
    [
        {"subject": ""}, {"subject": "x" * 201}, {"subject": "\u200b\u202e"}, {"subject": "\0"},
        {"text": ""},
        {"text": "x" * 20_001}, {"text": "\0"}, {"PRI-3": "4"}, {"PRI-3": "0"}, {"PRI-1": "1e0"},
        {"token": "x"},
        {"attachments": [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(21)]},
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_opens_nothing(hostile: dict[str, Any]) -> None:
    unit = covered()
    answer = signed_in(somebody(unit)).post(f"/tickets/new/{unit.serial}/", form(**hostile))
    assert answer.status_code == 422
    assert "alert" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_a_customer_cannot_speak_for_others_by_fields_that_the_form_does_not_have() -> None:
    unit = covered()
    who = somebody(unit)
    other = somebody(unit)
    told = form(reporter=str(other.pk), origin="phone", installation_id="1", level="1", seen="0")
    signed_in(who).post(f"/tickets/new/{unit.serial}/", told)
    ticket = Ticket.objects.get()
    assert (ticket.reporter, ticket.origin, ticket.level) == (who, "web", 3)


def _article(slug: str, title: str, *, internal: bool = False) -> None:
    by: dict[str, Any] = {"actor": "operator:test", "now": rows.NOW}
    knowledge.write(slug, Content({"tr": Text(title, "Metin.")}, internal=internal), **by)
    knowledge.move(slug, ArticleState.PUBLISHED, **by)


def test_articles_are_suggested_by_the_words_of_the_subject_and_never_ours() -> None:
    _article("vpn", "VPN bağlantısı kopuyor")
    _article("ours", "VPN iç notlar", internal=True)
    client = signed_in("customer-user")
    for subject in ("vpn baglantisi", "bağlantısı sürekli kopuyor imdat", "  KOPUYOR  "):
        page = client.get("/suggestions/", {"subject": subject}).content.decode()
        assert "/knowledge/vpn/" in page, subject
        assert "/knowledge/ours/" not in page
    for nothing in ("", "ve da", "\0", "x" * 10_000, "zzzzzzzz"):
        assert "/knowledge/" not in client.get("/suggestions/", {"subject": nothing}).content.decode()


def test_without_scripts_they_stand_on_the_form_that_comes_back() -> None:
    _article("vpn", "VPN bağlantısı kopuyor")
    unit = covered()
    answer = signed_in(somebody(unit)).post(
        f"/tickets/new/{unit.serial}/", form(subject="VPN kopuyor", text="")
    )
    assert "/knowledge/vpn/" in answer.content.decode()
