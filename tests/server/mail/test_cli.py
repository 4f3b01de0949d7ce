"""`logix-server mail`: lists, words, trying again, and the inbox."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from logix_server.mail import inbox
from logix_server.mail.models import IncomingMail, OutgoingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.tickets.correspondence.cli import mail
from logix_server.tickets.models import Ticket

from tests.server import people, rows
from tests.server.mail.raw_mails import raw
from tests.server.rows import NOW
from tests.server.tickets.correspondence.desk import bring

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(mail, arguments)


def test_what_was_queued_is_listed_shown_and_tried_again() -> None:
    queue(Message(to="it@ege.example", kind="notices", subject="Disk", body="Bozuk."), key="a", now=NOW)
    row = OutgoingMail.objects.get()
    (listed,) = json.loads(run("list", "--to", "IT@ege.example", "--json").output)
    assert (listed["id"], listed["state"], listed["kind"]) == (row.pk, "queued", "notices")
    assert "Bozuk." in json.loads(run("show", str(row.pk), "--json").output)["text"]
    refused = run("retry", str(row.pk))
    assert (refused.exit_code, "mail list" in refused.output) == (1, True)
    OutgoingMail.objects.update(state="failed")
    assert run("retry", str(row.pk)).exit_code == 0
    assert json.loads(run("list", "--state", "failed", "--json").output) == []


def test_what_lets_one_in_is_not_shown() -> None:
    queue(
        Message(to="it@ege.example", kind="invitation", subject="x", body="https://secret"), key="a", now=NOW
    )
    assert "secret" not in run("show", str(OutgoingMail.objects.get().pk), "--json").output


def test_the_inbox() -> None:
    owner = rows.customer()
    unit = rows.unit(owner)
    rows.contract(unit, package="standart")
    person = people.person("customer-user", owner)
    first = bring(raw("who@stranger.example", "Merhaba.", message_id="1@x"))
    second = bring(raw("who@stranger.example", "Reklam.", message_id="2@x"))
    assert [one["id"] for one in json.loads(run("inbox", "--json").output)] == [first.pk, second.pk]
    assert json.loads(run("read", str(first.pk), "--json").output)["text"] == "Merhaba."
    assert run("release", str(first.pk)).exit_code == 1
    assert run("release", str(first.pk), "--device", unit.serial).exit_code == 1
    done = run("release", str(first.pk), "--device", unit.serial, "--person", person.email)
    assert Ticket.objects.get().number in done.output
    assert run("discard", str(second.pk), "--why", "spam").exit_code == 0
    assert json.loads(run("inbox", "--json").output) == []


def test_ignored_mails_are_forgotten_after_their_days() -> None:
    person = people.person("customer-user")
    bring(raw(person.email, Auto_Submitted="auto-replied"))
    bring(raw("who@stranger.example", message_id="2@x"))
    assert inbox.forget(NOW + timedelta(days=89), timedelta(days=90), 100) == 0
    assert inbox.forget(NOW + timedelta(days=91), timedelta(days=90), 100) == 1
    assert IncomingMail.objects.get().state == "quarantined"
