"""A ticket's page for the customer: what is public and nothing else; message, files, level, services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from logix_server.accounts.access import Viewer, viewer
from logix_server.accounts.models import Person
from logix_server.contracts.decisions.terms import FaultCause
from logix_server.replacements import actions as replacements
from logix_server.replacements.models import Replacement
from logix_server.tickets.desk import assignment, handling, levelling, merging
from logix_server.tickets.files.attachments import Upload, accept
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Attachment, Ticket, TicketEvent, TicketFault
from logix_server.visits.models import Visit

from tests.server import rows
from tests.server.people import person, signed_in
from tests.server.portal.customers import (
    TOKEN,
    covered,
    dealer_of,
    opened,
    somebody,
    strangers,
    warranted,
    words,
)
from tests.server.portal.story import fault

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DAY = timedelta(days=1)


def engineer() -> tuple[Person, Viewer]:
    one = person("support-engineer")
    Person.objects.filter(pk=one.pk).update(name="Secret Engineer")
    return one, viewer(one)


def act(client: Client, ticket: Ticket, what: str, **told: Any) -> Any:
    """Send the form `what`; a `file` of that name goes with it."""
    if name := told.pop("file", ""):
        told["attachments"] = [SimpleUploadedFile(name, b"dark")]
    return client.post(f"/tickets/{ticket.number}/{what}/", {"token": TOKEN} | told)


def solved(ticket: Ticket, ago: timedelta = timedelta(0)) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(state="solved", state_at=datetime.now(UTC) - ago)


def test_nothing_of_ours_is_ever_on_it() -> None:
    unit = covered()
    who = somebody(unit)
    ticket, now = opened(unit, who), datetime.now(UTC)
    _, ours = engineer()
    number = ticket.number
    handling.note(ours, number, "SECRET note", now=now, files=accept([Upload("secret.txt", [b"x"])]))
    handling.answer(ours, number, "We look.", now=now, files=accept([Upload("public.txt", [b"x"])]))
    assignment.take(ours, number, now=now)
    levelling.change_level(ours, number, 1, "Most are dark.", row="PRI-1", now=now)
    handling.move(ours, number, TicketState.WAITING, "SECRET why", now=now)
    merged = opened(unit, who)
    merging.merge(ours, merged.number, number, why="SECRET merge", now=now)
    merging.link(ours, number, opened(covered(), person("support-engineer")).number, now=now)
    made = replacements.request(
        replacements.Wanted(number, "disk:A", "disk.smart-failed", "SECRET ask"), actor=ours.actor, now=now
    )
    assert made.number
    replacements.decide(
        made.number,
        confirmed=False,
        cause=FaultCause.DEFECT,
        found="SECRET found",
        actor="operator:SECRET",
        now=now,
    )
    found = fault(unit, now, code="disk.smart-failed", part="disk:A")
    TicketFault.objects.create(ticket=ticket, fault=found, joined_at=now)
    fault(unit, now, code="fan.stopped", part="fan:SECRET")
    secret = Attachment.objects.get(name="secret.txt")
    for one in (signed_in(who), signed_in(somebody(unit, "customer-administrator"))):
        page = one.get(f"/tickets/{number}/")
        body, said = page.content.decode(), words(page)
        for never in (
            "SECRET",
            "secret.txt",
            "Secret Engineer",
            "user:",
            "operator",
            "Current_Pending_Sector",
        ):
            assert never not in body, never
        for told in ("We look.", "public.txt", "Most are dark.", "PRI-1", "disk:A", "WAR-7", made.number):
            assert told in said, told
        assert merged.number in said
        assert one.get(f"/attachments/{secret.pk}/").status_code == 404


def test_a_ticket_that_one_of_ours_reported_does_not_name_them() -> None:
    unit = covered()
    ours, _ = engineer()
    ticket = opened(unit, ours, reporter_id=ours.pk, origin="phone")
    assert (
        "Secret Engineer" not in signed_in(somebody(unit)).get(f"/tickets/{ticket.number}/").content.decode()
    )


def test_the_customer_reads_level_clock_and_clauses_in_words() -> None:
    unit = covered()
    who = somebody(unit)
    said = words(signed_in(who).get(f"/tickets/{opened(unit, who).number}/"))
    for told in (
        *("Kaydınız bize ulaştı", "MAT-7, MAT-1", "PRI-3", "Bazı özellikleri çalışmıyor.", "MAT-11"),
        *("Kayıt açıldı (portal), seviye 2 (orta).", "Since this morning.", who.name),
    ):
        assert told in said, told


def test_a_message_with_a_file_arrives_once_and_takes_up_what_waited() -> None:
    unit = covered()
    who = somebody(unit)
    ticket = opened(unit, who)
    now, (_, ours) = datetime.now(UTC), engineer()
    handling.answer(ours, ticket.number, "Which one?", now=now)
    handling.move(ours, ticket.number, TicketState.WAITING, now=now)
    client = signed_in(who)
    for _ in range(2):
        answer = act(client, ticket, "message", text="The red one.", file="a.log")
        assert answer.headers["Location"] == f"/tickets/{ticket.number}/"
    ticket.refresh_from_db()
    assert ticket.state == "open"
    assert TicketEvent.objects.filter(kind="message", detail__text="The red one.").count() == 1
    attachment = Attachment.objects.get()
    download = client.get(f"/attachments/{attachment.pk}/")
    assert (download.status_code, download.headers["Content-Disposition"]) == (
        200,
        'attachment; filename="a.log"',
    )


def test_reopened_within_fourteen_days_and_gone_on_with_a_new_one_after() -> None:
    unit = covered()
    who = somebody(unit)
    ticket, client = opened(unit, who), signed_in(who)
    solved(ticket, 13 * DAY)
    assert "Kaydı yeniden aç" in words(client.get(f"/tickets/{ticket.number}/"))
    act(client, ticket, "message", text="Again.")
    ticket.refresh_from_db()
    assert ticket.state == "open"
    solved(ticket, 15 * DAY)
    assert "Yeni kaydı aç" in words(client.get(f"/tickets/{ticket.number}/"))
    answer = act(client, ticket, "message", text="And again.")
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert (answer.headers["Location"], new.follows) == (f"/tickets/{new.number}/", ticket)
    assert new.number in words(client.get(f"/tickets/{ticket.number}/"))


def test_where_no_new_one_is_covered_the_words_stay_with_clauses_and_what_would_change_it() -> None:
    unit = warranted()
    who = somebody(unit)
    ticket = opened(unit, who, answers={"PRI-4": 2})
    solved(ticket, 20 * DAY)
    answer = act(signed_in(who), ticket, "message", text="Still broken <b>")
    said = words(answer)
    assert answer.status_code == 422
    assert "Still broken &lt;b&gt;" in answer.content.decode()
    assert "SUP-1" in said and "Temel paketi satın alınır." in said
    assert Ticket.objects.count() == 1


def test_graver_answers_raise_the_level_and_milder_ones_do_not_lower_it() -> None:
    unit = covered()
    who = somebody(unit)
    ticket, client = opened(unit, who), signed_in(who)
    act(client, ticket, "answers", **{"PRI-3": "1"})
    ticket.refresh_from_db()
    assert (ticket.level, ticket.level_clauses) == (1, ["PRI-3"])
    act(client, ticket, "answers", **{"PRI-3": "3"})
    ticket.refresh_from_db()
    assert ticket.level == 1
    assert act(client, ticket, "answers").status_code == 422
    assert act(client, ticket, "answers", **{"PRI-8": "1"}).status_code == 422


def test_answers_to_a_level_that_changed_meanwhile_are_shown_what_came() -> None:
    unit = covered()
    who = somebody(unit)
    ticket, client = opened(unit, who), signed_in(who)
    seen = TicketEvent.objects.latest("id").pk
    _, ours = engineer()
    levelling.change_level(ours, ticket.number, 3, "Only one.", row="PRI-5", now=datetime.now(UTC))
    answer = act(client, ticket, "answers", seen=str(seen), **{"PRI-3": "1"})
    assert answer.status_code == 409
    assert 'id="meanwhile"' in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.level == 3


def test_files_alone_are_attached_and_are_public_whatever_the_form_says() -> None:
    unit = covered()
    who = somebody(unit)
    ticket, client = opened(unit, who), signed_in(who)
    assert act(client, ticket, "attach", file="a.log", internal="on").status_code == 302
    assert Attachment.objects.get().public is True
    assert act(client, ticket, "attach").status_code == 422


def test_a_replacement_is_asked_for_a_part_that_was_found_or_the_whole_appliance() -> None:
    unit = covered()
    who = somebody(unit)
    ticket, client, now = opened(unit, who), signed_in(who), datetime.now(UTC)
    found = fault(unit, now, code="disk.smart-failed", part="disk:A")
    TicketFault.objects.create(ticket=ticket, fault=found, joined_at=now)
    assert act(client, ticket, "replacement", part="disk:A", why="clicks").status_code == 302
    assert act(client, ticket, "replacement", part="", why="dead").status_code == 302
    asked = list(Replacement.objects.order_by("pk").values_list("part", "fault_code", "whole_unit"))
    assert asked == [("disk:A", "disk.smart-failed", False), (f"unit:{unit.serial}", "", True)]
    assert act(client, ticket, "replacement", part="disk:A", why="again").status_code == 422
    assert act(client, ticket, "replacement", part="disk:NOT-FOUND", why="x").status_code == 422
    assert Replacement.objects.count() == 2


def test_a_visit_is_asked_for_and_refused_by_clause_where_the_package_lacks_it() -> None:
    unit = covered(package="standart")
    who = somebody(unit)
    ticket, client = opened(unit, who), signed_in(who)
    act(client, ticket, "visit", why="dead", reach="unreachable")
    assert Visit.objects.get().state == "refused"
    said = words(client.get(f"/tickets/{ticket.number}/"))
    assert "Ziyaret verilemiyor" in said and "MAT-16" in said
    assert act(client, ticket, "visit", why="dead", reach="elsewhere").status_code == 422


ACTS: dict[str, dict[str, Any]] = {
    "message": {"text": "Hello"},
    "answers": {"PRI-3": "1"},
    "attach": {"file": "a.log"},
    "replacement": {"part": "", "why": "dead"},
    "visit": {"why": "dead", "reach": "opened"},
}


@pytest.mark.parametrize("what", sorted(ACTS))
def test_nobody_does_anything_on_anothers_ticket(what: str) -> None:
    unit = covered(rows.customer(dealer=True))
    ticket = opened(unit, somebody(unit))
    before = TicketEvent.objects.count()
    for stranger in strangers(unit):
        assert act(stranger, ticket, what, **ACTS[what]).status_code == 404
    assert act(signed_in("release-manager"), ticket, what, **ACTS[what]).status_code in (403, 404)
    assert TicketEvent.objects.count() == before
    assert act(signed_in(dealer_of(unit, agreed=True)), ticket, what, **ACTS[what]).status_code == 302


@pytest.mark.parametrize(
    "what", ["answer", "note", "move", "assign", "take", "level", "merge", "link", "reopen", "x"]
)
def test_what_is_the_engineers_is_no_act_of_a_customer(what: str) -> None:
    unit = covered()
    who = somebody(unit)
    ticket = opened(unit, who)
    told = {"text": "x", "state": "open", "person": "", "level": "1", "row": "PRI-1", "reason": "x"}
    assert act(signed_in(who), ticket, what, **told).status_code == 404
    assert not TicketEvent.objects.filter(kind__in=["answer", "note", "level-changed"]).exists()


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("message", {"text": ""}), ("message", {"text": "\0"}), ("message", {"text": "x" * 20_001}),
        ("message", {"text": "x", "token": "../"}), ("visit", {"why": "x" * 2_001, "reach": "opened"}),
        ("replacement", {"why": "x" * 2_001}), ("answers", {"seen": "-1", "PRI-3": "1"}),
        ("message", {"text": "x", "file": "a.html"}),
    ],
)  # fmt: skip
def test_hostile_forms_change_nothing(what: str, told: dict[str, Any]) -> None:
    unit = covered()
    who = somebody(unit)
    ticket = opened(unit, who)
    before = TicketEvent.objects.count()
    assert act(signed_in(who), ticket, what, **told).status_code == 422
    assert TicketEvent.objects.count() == before


def _merged(ticket: Ticket, into: Ticket) -> None:
    _, ours = engineer()
    merging.merge(ours, ticket.number, into.number, now=datetime.now(UTC))


def _closed(ticket: Ticket, _into: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(state="closed")


@pytest.mark.parametrize("ended", [_merged, _closed])
def test_an_ended_ticket_can_be_read_and_offers_what_is_left(ended: Callable[[Ticket, Ticket], None]) -> None:
    unit = covered()
    who = somebody(unit)
    ticket, into, client = opened(unit, who), opened(unit, who), signed_in(who)
    ended(ticket, into)
    page = client.get(f"/tickets/{ticket.number}/").content.decode()
    assert f"/tickets/{ticket.number}/message/" in page
    for what in ("answers", "attach", "replacement", "visit"):
        assert f"/tickets/{ticket.number}/{what}/" not in page
        assert act(client, ticket, what, **ACTS[what]).status_code == 422
