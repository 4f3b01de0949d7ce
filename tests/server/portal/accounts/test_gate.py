"""Nobody passes without the second factor, on whatever way; a session that is over is none."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from logix_server.accounts.models import Person, RecoveryCode, SecondFactor, SignIn
from logix_server.accounts.rights import VENDOR, Role
from logix_server.accounts.second_factor import keeping
from logix_server.accounts.sign_in import sign_ins
from logix_server.portal.accounts.gate import OPEN

from tests.server.people import PASSWORD, person, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ENGLISH = {"Accept-Language": "en"}


def with_password(one: Person) -> Client:
    """A browser in which the password was right, and nothing more."""
    client = Client(headers=ENGLISH)
    answer = client.post("/login/", {"username": one.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def secret_of(one: Person, *, confirmed_ago: int = 90) -> str:
    """Give a person a second factor, confirmed a while ago."""
    secret = keeping.begin(int(one.user_id or 0))
    then = timezone.now() - timedelta(seconds=confirmed_ago)
    keeping.confirm(int(one.user_id or 0), pyotp.TOTP(secret).at(then), by="user:x", now=then)
    return secret


def code(secret: str, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).at(timezone.now(), counter_offset=ahead)


def addresses() -> list[tuple[str, str]]:
    """(name, path) of every address of the web role, with something in each place."""

    def walk(patterns: list[Any], before: str, space: str) -> list[tuple[str, str]]:
        found = []
        for one in patterns:
            path = before + re.sub(r"^\^|\\Z$|\$$", "", str(one.pattern))
            if isinstance(one, URLResolver):
                inner = f"{space}{one.namespace}:" if one.namespace else space
                found += walk(one.url_patterns, path, inner)
            elif isinstance(one, URLPattern):
                filled = re.sub(r"<int:[^>]+>", "1", path)
                filled = re.sub(r"<[^>]+>|\(\?P<[^>]+>[^)]*\)", "x", filled)
                found.append((f"{space}{one.name}", f"/{filled}"))
        return found

    return walk(get_resolver().url_patterns, "", "")


@pytest.mark.parametrize("role", sorted(VENDOR))
def test_one_of_ours_with_the_password_alone_reaches_nothing_but_the_set_up(role: str) -> None:
    client = with_password(person(role))
    checked = 0
    for name, path in addresses():
        if name in OPEN or path.startswith("/admin/(") or "catch_all" in path:
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(path)
            if answer.status_code == 404 and answer.resolver_match is None:
                continue  # not an address as it was filled in
            assert answer.status_code == 302, (method, name, path, answer.status_code)
            assert answer.headers["Location"].startswith("/second-factor/set-up/"), (name, path)
            checked += 1
    assert checked > 60


def test_who_has_one_is_asked_for_it_on_every_way_and_let_on_where_it_was_going() -> None:
    one = person("support-engineer")
    secret = secret_of(one)
    client = with_password(one)
    answer = client.get("/devices/?text=a")
    assert answer.headers["Location"] == "/second-factor/?next=%2Fdevices%2F%3Ftext%3Da"
    assert client.get("/second-factor/set-up/").headers["Location"] == "/"  # no other picture before
    wrong = client.post("/second-factor/", {"code": "000000", "next": "/devices/"})
    assert (wrong.status_code, b"wrong" in wrong.content) == (200, True)
    before = client.session.session_key
    right = client.post("/second-factor/", {"code": code(secret), "next": "/devices/"})
    assert right.headers["Location"] == "/devices/"
    assert client.session.session_key != before
    assert client.get("/devices/").status_code == 200
    assert client.get("/second-factor/").headers["Location"] == "/"


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_the_way_on_stays_on_our_own_host(there: str) -> None:
    one = person("support-engineer")
    secret = secret_of(one)
    answer = with_password(one).post("/second-factor/", {"code": code(secret), "next": there})
    assert answer.headers["Location"] == "/"


def test_a_part_of_a_page_asks_the_whole_page_to_ask() -> None:
    one = person("support-engineer")
    answer = with_password(one).get("/queue/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (401, "true")


def test_guessing_codes_ends_soon_and_even_the_right_one_waits() -> None:
    one = person("support-engineer")
    secret = secret_of(one)
    for client in (with_password(one), with_password(one)):  # another session is no other count
        for _ in range(3):
            client.post("/second-factor/", {"code": "000000"})
    answer = client.post("/second-factor/", {"code": code(secret)})
    assert b"Too many failed tries" in answer.content


def test_the_administration_has_no_way_around() -> None:
    user = User.objects.create_superuser("root", password=PASSWORD)
    client = Client()
    answer = client.post("/admin/login/?next=/admin/", {"username": "root", "password": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/admin/").headers["Location"].startswith("/second-factor/set-up/")
    assert client.get("/admin/auth/user/").status_code == 302
    secret = keeping.begin(user.pk)
    page = client.get("/second-factor/set-up/")
    assert "".join(page.context["secret"].split()) == secret
    assert client.post("/second-factor/set-up/", {"code": code(secret)}).status_code == 200
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/auth/user/").status_code == 404
    assert client.get("/admin/password_change/").headers["Location"] == "/profile/"
    assert client.get("/queue/").status_code == 403  # an account, and no person


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.VENDOR_MANAGER}))
def test_the_administration_is_for_managers_of_ours(role: str) -> None:
    assert signed_in(role).get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_customer_goes_without_and_may_set_one_up() -> None:
    one = person("customer-user")
    client = with_password(one)
    assert client.get("/devices/").status_code == 200
    page = client.get("/second-factor/set-up/")
    assert b"<svg" in page.content
    assert b"style=" not in page.content
    secret = keeping.begin(int(one.user_id or 0))
    told = client.post("/second-factor/set-up/", {"code": code(secret), "next": "/profile/"})
    assert len(told.context["codes"]) == 10
    assert client.get("/devices/").status_code == 200
    other = with_password(one)
    assert other.get("/devices/").headers["Location"].startswith("/second-factor/?")
    assert other.post("/second-factor/", {"code": told.context["codes"][0]}).headers["Location"] == "/"
    assert other.get("/devices/").status_code == 200


def test_a_customer_turns_it_off_with_a_code_and_one_of_ours_never() -> None:
    one = person("customer-user")
    secret = secret_of(one)
    client = with_password(one)
    client.post("/second-factor/", {"code": code(secret)})
    client.post("/second-factor/off/", {"code": "000000"})
    assert SecondFactor.objects.count() == 1
    client.post("/second-factor/off/", {"code": code(secret, 1)})
    assert SecondFactor.objects.count() == 0
    assert client.get("/devices/").status_code == 200  # this session goes on
    ours = person("support-engineer")
    secret = secret_of(ours)
    client = with_password(ours)
    client.post("/second-factor/", {"code": code(secret)})
    assert client.post("/second-factor/off/", {"code": code(secret, 1)}).status_code == 403
    assert SecondFactor.objects.filter(user=ours.user).exists()


def test_new_recovery_codes_cost_a_code() -> None:
    one = person("support-engineer")
    secret = secret_of(one)
    client = with_password(one)
    client.post("/second-factor/", {"code": code(secret)})
    before = set(RecoveryCode.objects.values_list("digest", flat=True))
    client.post("/second-factor/codes/", {"code": "000000"})
    assert set(RecoveryCode.objects.values_list("digest", flat=True)) == before
    told = client.post("/second-factor/codes/", {"code": code(secret, 1)})
    assert len(told.context["codes"]) == 10
    assert not before & set(RecoveryCode.objects.values_list("digest", flat=True))


def test_a_session_that_is_over_asks_for_the_log_in() -> None:
    client = signed_in("support-engineer")
    assert client.get("/devices/").status_code == 200
    SignIn.objects.update(last_seen_at=timezone.now() - timedelta(hours=2))
    assert client.get("/devices/").headers["Location"] == "/login/?next=/devices/"
    assert SignIn.objects.get().end == "expired"


def test_a_page_that_looks_by_itself_does_not_keep_the_session_alive() -> None:
    client = signed_in("support-engineer")
    then = timezone.now() - timedelta(minutes=90)
    SignIn.objects.update(last_seen_at=then)
    live = {"HX-Request": "true", "If-None-Match": "x"}
    assert client.get("/devices/", headers=live).status_code == 200
    assert SignIn.objects.get().last_seen_at == then
    assert client.get("/devices/", headers={"HX-Request": "true"}).status_code == 200
    assert SignIn.objects.get().last_seen_at > then


def test_signing_out_ends_the_session_and_a_kept_cookie_opens_nothing() -> None:
    client = signed_in("support-engineer")
    cookie = client.cookies["sessionid"].value
    client.post("/logout/")
    assert SignIn.objects.get().end == "signed-out"
    client.cookies["sessionid"] = cookie
    assert client.get("/devices/").headers["Location"].startswith("/login/")


def test_a_session_without_a_sign_in_is_none(client: Client) -> None:
    one = person("customer-user")
    client.force_login(one.user)  # type: ignore[arg-type]  # has one
    session = client.session
    del session[sign_ins.SESSION_KEY]
    session.save()
    assert client.get("/devices/").headers["Location"].startswith("/login/")


def test_the_session_begins_under_another_id(client: Client) -> None:
    one = person("customer-user")
    session = client.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = str(planted)
    client.post("/login/", {"username": one.email, "password": PASSWORD})
    assert client.session.session_key != planted
