"""Acknowledged by link, by signed reply and by command; by nothing else."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone
from logix_server.oncall import replies, tokens
from logix_server.oncall.models import Page, PageTry
from logix_server.oncall.page_cli import page as page_command
from logix_server.oncall.pagers import signing

from tests.server.oncall.conftest import SECRET, Desk
from tests.server.people import person, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture
def called(desk: Desk) -> str:
    """The path of the link that Ayşe was sent."""
    desk.page()
    desk.run(0)
    link = json.loads(desk.gateway.received[0].body)["link"]
    return link.removeprefix("https://support.example")


def test_opening_the_link_changes_nothing_and_the_button_acknowledges(desk: Desk, called: str) -> None:
    strict = Client(enforce_csrf_checks=True)  # a phone, signed in nowhere
    shown = strict.get(called)
    assert shown.status_code == 200
    assert "Disk arızalı" in shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "same-origin"
    strict.head(called)
    assert Page.objects.get().state == "calling", "scanners and previews open links too"
    done = strict.post(called, {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value}, follow=True)
    assert done.status_code == 200
    page = Page.objects.get()
    assert (page.state, page.acknowledged_by, page.why) == ("acknowledged", desk.ayse, "link")


def test_the_link_is_worth_nothing_once_the_page_has_ended(desk: Desk, called: str) -> None:
    client = Client()
    desk.run(5)
    second = json.loads(desk.gateway.received[1].body)["link"].removeprefix("https://support.example")
    client.post(second)
    client.post(called)
    page = Page.objects.get()
    assert page.acknowledged_by == desk.mehmet
    assert "Mehmet" in client.get(called).content.decode()
    assert '<button class="button">' not in client.get(called).content.decode()


def test_a_cancelled_page_says_that_it_is_over(desk: Desk, called: str) -> None:
    desk.wanted = set()
    desk.run(5)
    assert Client().post(called, follow=True).status_code == 200
    assert Page.objects.get().state == "cancelled"


def test_the_link_of_a_first_call_takes_up_the_graver_one_in_its_place(desk: Desk, called: str) -> None:
    """Two calls about one ticket, a minute apart: whichever link is pressed, nobody is called any more."""
    desk.page(key="second", text="Sistem durdu")
    desk.page(key="third", text="Sistem durdu")
    client = Client()
    shown = client.get(called).content.decode()
    assert "Sistem durdu" in shown
    assert '<button class="button">' in shown
    assert client.post(called, follow=True).status_code == 200
    states = dict(Page.objects.values_list("key", "state"))
    assert states == {"k": "cancelled", "second": "cancelled", "third": "acknowledged"}
    assert Page.objects.get(key="third").acknowledged_by == desk.ayse
    desk.run(60)
    assert desk.called() == ["Ayse"]


def test_a_link_of_ours_alone(desk: Desk, called: str) -> None:
    try_id = PageTry.objects.get().pk
    token = tokens.token_of(try_id)
    assert tokens.try_of(token) == try_id
    strange = [token[:-1], f"{token}x", f"0{token}", token.replace(".", "-"), tokens.token_of(try_id + 1)]
    strange += ["0." + "A" * 22, "z" * 13 + "." + "A" * 22, "ğ.A", "..", "%00", "a" * 5_000]
    for each in strange:
        assert Client().post(f"/page/{each}/").status_code == 404, each
    assert Client().put(called).status_code == 405
    assert Page.objects.get().state == "calling"


def test_who_has_left_acknowledges_by_no_old_link(desk: Desk, called: str) -> None:
    desk.ayse.active = False
    desk.ayse.save()
    assert Client().post(called).status_code == 403
    assert Page.objects.get().state == "calling"


def test_the_link_is_the_right_whoever_is_signed_in(desk: Desk, called: str) -> None:
    """At three in the morning the phone may hold another session; the link says who was called."""
    assert signed_in("customer-user").post(called, follow=True).status_code == 200
    assert Page.objects.get().acknowledged_by == desk.ayse


class Reply:
    """What a webhook's other end sends back."""

    def __init__(self, desk: Desk, monkeypatch) -> None:
        monkeypatch.setattr(replies, "webhook_secret_file", lambda _config: desk.secret)
        self.client = Client(enforce_csrf_checks=True)

    def __call__(self, body: bytes, *, purpose: str = "reply", secret: str = SECRET, age: int = 0):
        stamp = str(int(timezone.now().timestamp()) - age)
        headers = {
            signing.TIMESTAMP_HEADER: stamp,
            signing.SIGNATURE_HEADER: signing.signature(secret.encode(), purpose, stamp, body),
        }
        return self.client.post("/page/reply/", body, content_type="application/json", headers=headers)


@pytest.fixture
def reply(desk: Desk, called: str, monkeypatch) -> Reply:
    return Reply(desk, monkeypatch)


def told(desk: Desk, **change) -> bytes:
    return json.dumps({"page": Page.objects.get().pk, "by": desk.mehmet.email} | change).encode()


def test_a_signed_reply_acknowledges_once(desk: Desk, reply: Reply) -> None:
    for _ in range(2):
        answer = reply(told(desk))
        assert (answer.status_code, answer.json()["state"]) == (200, "acknowledged")
    assert Page.objects.get().acknowledged_by == desk.mehmet


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"purpose": "page"}, 401),
        ({"secret": "another secret that is long enough to sign"}, 401),
        ({"age": 600}, 401),
        ({"age": -600}, 401),
    ],
)
def test_what_is_not_signed_for_this_and_now_is_refused(desk: Desk, reply: Reply, how, status) -> None:
    assert reply(told(desk), **how).status_code == status
    assert Page.objects.get().state == "calling"


def test_our_own_call_sent_back_acknowledges_nothing(desk: Desk, reply: Reply) -> None:
    sent = desk.gateway.received[0]
    headers = {
        name: sent.headers[name.lower()] for name in (signing.TIMESTAMP_HEADER, signing.SIGNATURE_HEADER)
    }
    answer = reply.client.post("/page/reply/", sent.body, content_type="application/json", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"page": true}',
        b'{"page": 1e3, "by": "x"}',
        b'{"page": 999999, "by": 1}',
        b'{"page": 1, "by": "nobody@example.com"}',
        b"[" * 3000,
        b'{"page": %d, "by": "a"}' % 2**70,
    ],
)
def test_a_signed_reply_that_means_nothing_is_said(reply: Reply, body: bytes) -> None:
    assert reply(body).status_code == 400
    assert Page.objects.get().state == "calling"


def test_a_reply_of_a_customer_and_a_huge_one(desk: Desk, reply: Reply) -> None:
    customer = person("customer-user")
    assert reply(told(desk, by=customer.email)).status_code == 400
    assert reply(b"x" * 5_000).status_code == 413
    assert reply.client.get("/page/reply/").status_code == 405


def test_by_command(desk: Desk, called: str) -> None:
    number = str(Page.objects.get().pk)
    run = CliRunner()
    shown = json.loads(run.invoke(page_command, ["show", number, "--json"]).output)
    assert [(each["person"], each["state"]) for each in shown["tries"]] == [("Ayse", "sent")]
    refused = run.invoke(page_command, ["ack", number, "--by", "nobody@example.com"])
    assert refused.exit_code == 1
    assert "nobody@example.com" in refused.output
    done = run.invoke(page_command, ["ack", number, "--by", desk.mehmet.email])
    assert done.exit_code == 0, done.output
    [listed] = json.loads(run.invoke(page_command, ["list", "--json"]).output)
    assert (listed["state"], listed["acknowledged_by"]) == ("acknowledged", "Mehmet")
    assert json.loads(run.invoke(page_command, ["list", "--open", "--json"]).output) == []


def test_a_test_page_by_command(desk: Desk) -> None:
    done = CliRunner().invoke(page_command, ["test", desk.manager.email])
    assert done.exit_code == 0, done.output
    now = timezone.now()
    while desk.calls.run(now):
        pass
    assert desk.called() == ["Zeynep"]


def test_the_link_is_a_right_of_its_own_also_before_the_second_factor(desk: Desk, called: str) -> None:
    half = Client()
    half.force_login(person("vendor-manager").user)  # the password alone
    assert half.get("/queue/").status_code == 302
    shown = half.get(called)
    assert shown.status_code == 200
    assert "/queue/" not in shown.content.decode(), "nothing of what the second factor keeps"
    half.post(called)
    assert Page.objects.get().acknowledged_by == desk.ayse
