"""Channels against a real HTTP server: signed, escaped, bounded, never redirected."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server import request_templates
from logix_server.oncall.pagers import requests, signing
from logix_server.oncall.pagers.port import Call, Called, PagerFailed
from logix_server.oncall.pagers.requests import Transport
from logix_server.oncall.pagers.sms import Gateway, SmsPager
from logix_server.oncall.pagers.webhook import WebhookPager

from tests.fakes.gateways import gateway

NOW = datetime(2026, 10, 29, 2, 0, tzinfo=UTC)
AYSE = Called("Ayşe Demir", "ayse@rekare.example", "+905321234567", "tr")
SECRET = "a secret that is long enough to sign"
TEXT = 'LGX-2026-000001, Seviye 1: Disk "sda" <arızalı> & durdu\r\nX: y'


def call(text: str = TEXT) -> Call:
    return Call("page-1-1-1-sms", 1, "ticket:LGX-2026-000001", text, "https://s.example/page/1.x/", AYSE, NOW)


@pytest.fixture
def other_end():
    with gateway() as running:
        yield running


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def test_a_webhook_is_signed_over_time_and_body(other_end, secret) -> None:
    assert WebhookPager(f"{other_end.url}/page?a=b", secret, Transport()).send(call()) == "ok"
    [request] = other_end.received
    assert (request.method, request.path) == ("POST", "/page?a=b")
    stamp, given_signature = request.headers["x-logix-timestamp"], request.headers["x-logix-signature"]
    assert signing.signature(SECRET.encode(), "page", stamp, request.body) == given_signature
    assert request.headers["idempotency-key"] == "page-1-1-1-sms"
    told = json.loads(request.body)
    assert (told["page"], told["text"], told["person"]["phone"]) == (1, TEXT, AYSE.phone)


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"body": b'{"page": 2}'}, False),
        ({"purpose": "page"}, False),
        ({"secret": b"another secret that is long enough to sign"}, False),
        ({"now": NOW.replace(minute=5)}, True),
        ({"now": NOW.replace(minute=6)}, False),
        ({"timestamp": "-1"}, False),
        ({"timestamp": "9" * 30}, False),
        ({"timestamp": "１２３"}, False),
        ({"given": ""}, False),
        ({"given": "v1=ğ"}, False),
    ],
)
def test_a_signature_holds_for_what_was_signed_then_and_nothing_else(change, holds) -> None:
    secret, stamp, body = SECRET.encode(), signing.timestamp_of(NOW), b'{"page": 1}'
    given_signature = signing.signature(secret, "reply", stamp, body)
    asked = {"secret": secret, "purpose": "reply", "body": body, "timestamp": stamp, "given": given_signature}
    assert signing.verified(**(asked | {"now": NOW} | change)) is holds


@pytest.mark.parametrize(
    ("content_type", "body", "read"),
    [
        ("application/json", '{"to":"{phone}","text":"{text}"}', lambda body: json.loads(body)["text"]),
        (
            "application/x-www-form-urlencoded",
            "to={phone}&text={text}",
            lambda body: parse_qs(body.decode())["text"][0],
        ),
        (
            "text/xml",
            '<sms to="{phone}"><text>{text}</text></sms>',
            lambda body: ElementTree.fromstring(body)[0].text,
        ),
    ],
)
def test_a_text_message_arrives_as_it_is_in_every_body(other_end, content_type, body, read) -> None:
    pager = SmsPager(Gateway(other_end.url, body, content_type), Transport())
    pager.send(call())
    [request] = other_end.received
    assert request.headers["content-type"] == f"{content_type}; charset=utf-8"
    wanted = f"{TEXT} https://s.example/page/1.x/"
    if "xml" in content_type:  # which may hold no control characters
        wanted = wanted.replace("\r\n", "  ")
    assert read(request.body) == wanted


def test_a_text_message_by_address_alone_and_with_a_secret_header(other_end, secret) -> None:
    template = Gateway(
        f"{other_end.url}/send/{{phone}}?text={{text}}&k={{key}}",
        authorization="Bearer {secret}",
        secret_file=secret,
    )
    SmsPager(template, Transport()).send(call())
    [request] = other_end.received
    assert request.method == "GET"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    asked = parse_qs(urlsplit(request.path).query)
    assert asked == {"text": [f"{TEXT} https://s.example/page/1.x/"], "k": ["page-1-1-1-sms"]}
    assert urlsplit(request.path).path == "/send/%2B905321234567"


def test_an_answer_that_is_not_the_expected_one_is_a_failure(other_end) -> None:
    other_end.answer = lambda _request: (200, b"30 wrong password")
    with pytest.raises(PagerFailed, match="30 wrong password"):
        SmsPager(Gateway(other_end.url, "x={text}", expects="00 "), Transport()).send(call())


@pytest.mark.parametrize(
    ("status", "again"), [(500, True), (503, True), (429, True), (400, False), (404, False)]
)
def test_a_failure_says_whether_to_try_again(other_end, secret, status, again) -> None:
    other_end.answer = lambda _request: (status, b"no")
    with pytest.raises(PagerFailed) as failed:
        WebhookPager(other_end.url, secret, Transport()).send(call())
    assert failed.value.again is again


def test_a_redirect_is_followed_nowhere(other_end, secret) -> None:
    with gateway() as elsewhere:
        other_end.answer = lambda _request: (307, b"")
        other_end.headers["Location"] = elsewhere.url
        with pytest.raises(PagerFailed, match="307"):
            WebhookPager(other_end.url, secret, Transport()).send(call())
        assert elsewhere.received == []


def test_whoever_drips_is_cut_off_in_time(other_end, secret) -> None:
    other_end.answer = lambda _request: (200, b"x" * 200)
    other_end.drip = 0.1
    begun = time.monotonic()
    with pytest.raises(PagerFailed):
        WebhookPager(other_end.url, secret, Transport(seconds=1)).send(call())
    assert time.monotonic() - begun < 15


def test_a_name_that_nobody_resolves_holds_up_no_page(secret) -> None:
    over = Event()

    def never(*_asked, **_more) -> list:
        over.wait()
        raise OSError

    begun = time.monotonic()
    with pytest.raises(PagerFailed, match="not found within"):
        WebhookPager("http://sms.example/", secret, Transport(0.5, resolve=never)).send(call())
    over.set()
    assert time.monotonic() - begun < 10


def test_all_addresses_of_a_name_share_the_time(other_end, secret) -> None:
    with socket.socket() as deaf:  # listens, and accepts nobody: the queue of one is full
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        with socket.create_connection(deaf.getsockname()):
            port = int(other_end.url.rpartition(":")[2])
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            slow, fine = (*kind, deaf.getsockname()), (*kind, ("127.0.0.1", port))
            begun = time.monotonic()
            with pytest.raises(PagerFailed):
                url = "http://sms.example/"
                WebhookPager(url, secret, Transport(1, resolve=lambda *_a, **_m: [slow] * 20)).send(call())
            assert time.monotonic() - begun < 10
    refused = (*kind, ("127.0.0.1", 1))
    found = Transport(5, resolve=lambda *_a, **_m: [refused, fine])
    assert WebhookPager("http://sms.example/", secret, found).send(call()) == "ok"


def test_nobody_there_and_no_secret_are_failures_of_ours(tmp_path, secret) -> None:
    with pytest.raises(PagerFailed):
        WebhookPager("http://127.0.0.1:1/", secret, Transport(seconds=1)).send(call())
    with pytest.raises(PagerFailed, match="cannot be read"):
        WebhookPager("http://127.0.0.1:1/", tmp_path / "none", Transport()).send(call())
    (tmp_path / "short").write_text("short")
    with pytest.raises(PagerFailed, match="at least 32"):
        WebhookPager("http://127.0.0.1:1/", tmp_path / "short", Transport()).send(call())


def test_a_certificate_that_nobody_signed_is_refused(tmp_path) -> None:
    with gateway() as plain_end:  # speaks no TLS at all: what an attacker in between would look like
        with pytest.raises(PagerFailed):
            requests.request(Transport(2), "POST", plain_end.url.replace("http", "https"), {}, b"")
        assert plain_end.received == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("page_webhook_url", "http://gateway.example/"),
        ("page_webhook_url", "https://user:pw@gateway.example/"),
        ("page_webhook_url", "https://gateway.example/{text}"),
        ("page_webhook_url", "file:///etc/passwd"),
        ("page_webhook_url", "https://gateway.example:99999/"),
        ("page_sms_url", "https://{phone}.example/"),
        ("page_sms_url", "https://sms.example/{message}"),
        ("page_sms_body", "{0}{password}"),
        ("page_sms_content_type", "text/html"),
        ("page_sms_authorization", "Bearer {secret}\r\nX: y"),
    ],
)
def test_settings_that_cannot_hold_are_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"expected|unknown"):
        request_templates.check_setting(key, value)


@given(st.text(max_size=200), st.text(max_size=200))
def test_what_a_value_holds_is_never_read_as_a_template(text: str, phone: str) -> None:
    values = {"text": text, "phone": phone, "key": "K", "secret": "{text}"}
    filled = request_templates.filled(
        '["{phone}","{text}","{secret}"]', values, request_templates.BODIES["application/json"]
    )
    assert json.loads(filled) == [phone, text, "{text}"]
    query = request_templates.filled("?a={text}&b={phone}", values, request_templates.in_url)
    if text and phone and not any(0xD800 <= ord(char) <= 0xDFFF for char in text + phone):
        assert parse_qs(query[1:], keep_blank_values=True) == {"a": [text], "b": [phone]}
