"""The way in for people: guessing is slow, forms work behind a proxy with TLS, cookies stay on TLS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from logix_server.accounts import people
from logix_server.accounts.models import Person
from logix_server.accounts.sign_in.limits import LIMITS, Limit

from tests.server.people import PASSWORD, person
from tests.server.rows import NOW


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wrong tries at a name, three in a known browser; nothing fades."""
    for kind, limit in (("name", Limit(2, 1e9)), ("device", Limit(3, 1e9))):
        monkeypatch.setitem(LIMITS, kind, limit)


def sign_in(client: Client, name: str, password: str = PASSWORD, path: str = "/login/") -> Any:
    form = {"username": name, "password": password}
    return client.post(path, form, headers={"Accept-Language": "en"})


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
@pytest.mark.database
@pytest.mark.django_db
def test_a_guesser_is_not_heard_any_more_even_with_the_right_password(
    path: str, client: Client, few: None
) -> None:
    ayse, mehmet = person("vendor-manager"), person("vendor-manager")
    User.objects.update(is_staff=True)
    for _ in range(2):
        sign_in(client, ayse.email, "wrong", path)
    shut = sign_in(client, ayse.email, path=path)
    assert (shut.status_code, b"Too many failed tries" in shut.content) == (200, True)
    assert sign_in(client, mehmet.email, path=path).status_code == 302


@pytest.mark.database
@pytest.mark.django_db
def test_a_stranger_does_not_lock_the_owner_out_of_a_browser_that_is_known(few: None) -> None:
    ayse, own, strange = person("customer-user"), Client(), Client()
    assert sign_in(own, ayse.email).status_code == 302
    own.post("/logout/")
    for _ in range(3):
        sign_in(strange, ayse.email, "wrong")
    assert b"Too many" in sign_in(strange, ayse.email).content
    assert sign_in(own, ayse.email).status_code == 302  # its own count
    own.post("/logout/")
    for _ in range(3):
        sign_in(own, ayse.email, "wrong")
    assert b"Too many" in sign_in(own, ayse.email).content  # and that one ends too


@pytest.mark.database
@pytest.mark.django_db
def test_a_known_browser_counts_for_its_own_person_alone(few: None) -> None:
    ayse, mehmet, browser = person("customer-user"), person("customer-user"), Client()
    sign_in(browser, ayse.email)
    browser.post("/logout/")
    for _ in range(2):
        sign_in(browser, mehmet.email, "wrong")
    assert b"Too many" in sign_in(Client(), mehmet.email).content
    browser.cookies["logix_known"] = browser.cookies["logix_known"].value + "x"  # not as we signed it
    assert b"Too many" in sign_in(browser, mehmet.email).content


@pytest.mark.database
@pytest.mark.django_db
def test_by_name_or_by_mail_address_and_not_once_stopped(client: Client) -> None:
    ayse = person("customer-user")
    assert ayse.user is not None
    for name in (ayse.email, ayse.email.upper(), f" {ayse.email}", ayse.user.username):
        assert sign_in(client, name).headers["Location"] == "/", name
        client.post("/logout/")
    wrong = [
        sign_in(client, name, password) for name, password in ((ayse.email, "x"), ("no@x.example", PASSWORD))
    ]
    assert [answer.status_code for answer in wrong] == [200, 200]
    assert [b"is wrong" in answer.content for answer in wrong] == [True, True]
    people.deactivate(ayse.pk, by="operator:test", now=timezone.now())
    assert sign_in(client, ayse.email).status_code == 200


@pytest.mark.database
@pytest.mark.django_db
def test_whoever_is_unknown_costs_as_many_hashes_as_whoever_is_known(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode = hashers.PBKDF2PasswordHasher.encode
    monkeypatch.setattr(
        hashers.PBKDF2PasswordHasher, "encode", lambda *a, **k: hashed.append("once") or encode(*a, **k)
    )
    ayse = person("customer-user")
    contact = Person.objects.create(
        organisation=ayse.organisation, role="customer-user", name="C", email="c@x.example", created_at=NOW
    )
    counts = []
    for name in (ayse.email, "nobody@x.example", "nobody", contact.email):
        hashed.clear()
        sign_in(client, name, "wrong")
        counts.append(len(hashed))
    assert counts == [1, 1, 1, 1]


def settings_with(tmp_path: Path, *lines: str) -> dict[str, Any]:
    (tmp_path / "server.toml").write_text("\n".join(lines))
    program = (
        "import json; from logix_server import settings as s;"
        "print(json.dumps({k: getattr(s, k, None) for k in ('ALLOWED_HOSTS', 'CSRF_TRUSTED_ORIGINS',"
        " 'SESSION_COOKIE_SECURE', 'CSRF_COOKIE_SECURE', 'DEBUG')}))"
    )
    environment = {**os.environ, "LOGIX_DATA": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True
    )
    told: dict[str, Any] = json.loads(found.stdout)
    return told


def test_behind_a_proxy_with_tls_forms_are_taken_and_cookies_are_for_tls_alone(tmp_path: Path) -> None:
    told = settings_with(tmp_path, 'web_origin = "https://support.example.com:8443"', "debug = true")
    assert "support.example.com" in told["ALLOWED_HOSTS"]
    assert told["CSRF_TRUSTED_ORIGINS"] == ["https://support.example.com:8443"]
    assert (told["SESSION_COOKIE_SECURE"], told["CSRF_COOKIE_SECURE"], told["DEBUG"]) == (True, True, False)
    assert settings_with(tmp_path)["SESSION_COOKIE_SECURE"] is False


@pytest.mark.database
@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_and_one_of_the_proxy_is_not(
    settings: Any, django_user_model: Any
) -> None:
    settings.ALLOWED_HOSTS = ["support.example.com"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://support.example.com"]
    django_user_model.objects.create_user("ayse", password=PASSWORD)
    client = Client(enforce_csrf_checks=True, headers={"host": "support.example.com"})
    client.get("/login/")
    form = {
        "username": "ayse",
        "password": PASSWORD,
        "csrfmiddlewaretoken": client.cookies["csrftoken"].value,
    }
    assert client.post("/login/", form, headers={"origin": "https://evil.example"}).status_code == 403
    there = {**form, "next": "https://evil.example/"}
    answer = client.post("/login/", there, headers={"origin": "https://support.example.com"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
