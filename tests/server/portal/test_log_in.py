"""The way in for people: guessing is slow, forms work behind a proxy with TLS, cookies stay on TLS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from logix_server.portal import logins

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "failures", logins.Failures())


def test_failures_fade_and_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    failures, keys = logins.Failures(), [("name", "ayse"), ("address", "192.0.2.1")]
    for _ in range(20):
        assert not failures.too_many(keys, 0.0)
        failures.add(keys, 0.0)
    assert failures.too_many(keys, 0.0)
    assert not failures.too_many([("name", "mehmet"), keys[1]], 0.0)
    assert not failures.too_many(keys, 16.0)
    monkeypatch.setattr(logins, "_REMEMBERED", 5)
    for number in range(20):
        failures.add([("name", str(number))], 16.0)
    assert len(failures._known) == 5


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
@pytest.mark.database
@pytest.mark.django_db
def test_a_guesser_is_not_heard_any_more_even_with_the_right_password(
    path: str, client: Client, django_user_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "NAME", (2, 86_400.0))
    for name in ("ayse", "mehmet"):
        django_user_model.objects.create_user(name, password=PASSWORD, is_staff=True)
    for _ in range(2):
        client.post(path, {"username": "ayse", "password": "wrong"})
    shut = client.post(path, {"username": "ayse", "password": PASSWORD}, headers={"Accept-Language": "en"})
    assert (shut.status_code, b"Too many failed tries" in shut.content) == (200, True)
    assert client.post(path, {"username": "mehmet", "password": PASSWORD}).status_code == 302


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
