"""No secret leaves the machine; what is no secret stays readable."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from logix_agent.diagnostics.redaction import REMOVED, redacted

SECRET = "hunter2-Tr0ub4dor"
KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

HIDING = [
    "password={}",
    "password = {}",
    "  Password: {}",
    "passwd:{}",
    "DB_PASSWORD={} DB_USER=logix",
    "db.pass={}",
    'password="{}"',
    "password='{} and more'",
    "password = {} and more",
    '{{"user": "admin", "password": "{}", "port": 5}}',
    '{{"password":"a\\"{}"}}',
    "{{'api_key': '{}'}}",
    "user=logix password={} host=db",
    "connect: token={}&host=x",
    "https://h/?user=a&token={}&x=1",
    "secret: {}",
    "client_secret={}",
    "AWS_SECRET_ACCESS_KEY={}",
    "aws_secret_access_key = {}",
    "snmp community: {}",
    "the password is {}",
    "psk={}",
    '\tpsk="{}"',
    "wpa_passphrase={}",
    "wpa-psk: {}",
    "wep_key0={}",
    "PrivateKey = {}",
    "PresharedKey = {}",
    "  private key: {}",
    "rd.luks.key={}",
    "Authorization: Basic {}",
    "authorization: {}",
    "> Proxy-Authorization: Digest username=x, response={}",
    "Cookie: session={}; a=b",
    "Set-Cookie: id={}; Secure",
    "X-Api-Key: {}",
    "curl -H 'Authorization: Bearer {}' https://x",
    "Bearer {}",
    "mysqldump --password={} db",
    "mysqldump --password {} db",
    "tool -token {} x",
    "curl -u admin:{} https://x",
    "curl --user admin:{} https://x",
    "http://admin:{}@proxy:3128",
    "postgresql://logix:{}@db/logix",
    "see ftp://u:a/b{}@host for",
    "redis://:{}@h:1/0",
    "[  12.3] app[3]: password={}",
    "2026-03-02T09:00:00Z host app: token: {}",
    "root:$6$abcdefgh${}:19000:0:99999:7:::",
    "root:$y$j9T$x${}:19000:0:99999:7:::",
    "hash $2b$12${}xxxxxxxxxxxxxxxxxxxxxxxxxx",
]


@pytest.mark.parametrize("line", HIDING)
def test_a_secret_is_removed(line: str) -> None:
    told, removed = redacted(line.format(SECRET))
    assert SECRET not in told, told
    assert removed >= 1
    assert REMOVED in told


@pytest.mark.parametrize(
    "line",
    [
        "jdoe:abJnggxhB/yWI:19000:0:99999:7:::",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghij0123456789abcdef",
        "Authorization: Basic dXNlcjpwYXNzd29yZA==",
        "sent basic dXNlcjpwYXNzd29yZA==",
    ],
)
def test_what_looks_like_a_secret_is_removed(line: str) -> None:
    told, removed = redacted(line)
    assert removed
    assert told.replace(REMOVED, "") in {"jdoe::19000:0:99999:7:::", "", "Authorization: ", "sent basic "}


def test_a_private_key_is_removed_whole() -> None:
    for kind in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA "):
        body = f"{KEY}\n{KEY}=="
        text = f"before\n-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\nafter"
        told, removed = redacted(text)
        assert told == f"before\n{REMOVED}\nafter"
        assert removed == 1
    block = f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{KEY}\n-----END PGP PRIVATE KEY BLOCK-----\nafter"
    assert redacted(block)[0] == f"{REMOVED}\nafter"


def test_a_private_key_that_is_cut_off_is_removed_all_the_same() -> None:
    assert KEY not in redacted(f"x\n-----BEGIN PRIVATE KEY-----\n{KEY}\n{KEY}")[0]
    told, _ = redacted(f"last line\n{KEY}\n{KEY}==\n-----END PRIVATE KEY-----\nafter")
    assert told == f"last line\n{REMOVED}\nafter"
    assert KEY not in redacted(f"a: {KEY}\na: {KEY}\na: -----END RSA PRIVATE KEY-----")[0]


def test_a_private_key_on_one_line_is_removed() -> None:
    text = f'{{"key": "-----BEGIN PRIVATE KEY-----\\n{KEY}\\n-----END PRIVATE KEY-----\\n"}}\nafter'
    told, _ = redacted(text)
    assert KEY not in told
    assert told.endswith("\nafter")


READABLE = [
    "SMART overall-health self-assessment test result: PASSED",
    "sd 0:0:0:0: [sda] tag#3 Sense Key : Medium Error [current]",
    "197 Current_Pending_Sector  0x0012   100   100   000    Old_age   Always       -       24",
    "md0 : active raid1 sdb1[1] sda1[0](F)",
    "sshd[1]: Failed password for root from 192.0.2.1 port 22",
    "FAN1             | 4200.000   | RPM        | ok    | 300.000   | na",
    "PIN: 3 keyboard: ok, hotkey bypass",
    "-----BEGIN CERTIFICATE-----",
    "eth0: Link is Up - 1Gbps/Full - flow control rx/tx",
    "see https://kernel.org/doc for more",
    "mail admin@example.com",
    "root:x:0:0:root:/root:/bin/bash",
    "",
]


@pytest.mark.parametrize("line", READABLE)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redacted(line) == (line, 0)


@given(st.text(max_size=2_000))
@example("password=" + REMOVED)
@example("Authorization: " + "x" * 9_000)
def test_any_text_is_taken_and_twice_is_as_once(text: str) -> None:
    once, _ = redacted(text)
    again, _ = redacted(once)
    assert redacted(again)[0] == again


secrets = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\"), min_size=14, max_size=60
)


@given(
    secrets.map(lambda text: f"Zq{text}qZ"),
    st.sampled_from(
        [
            "password={}",
            "a=1 secret={} b=2",
            'x: {{"token": "{}"}}',
            "--api-key {}",
            "Authorization: Bearer {}",
            "\tpsk = {}",
            "key=v password: {}",
        ]
    ),
    st.text(
        st.characters(exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", codec="utf-8"),
        max_size=50,
    ),
)
def test_any_secret_behind_a_telling_name_is_removed(secret: str, form: str, around: str) -> None:
    told, _ = redacted(f"{around}\n{form.format(secret)}\n{around}")
    assert secret not in told


@given(
    st.integers(0, 20_000), st.sampled_from(["password={}", "the password is {}", "psk  =  {}", "Bearer {}"])
)
@example(8_180, "the password is {}")
@example(8_185, "Bearer {}")
def test_a_secret_in_a_long_line_is_removed_wherever_it_stands(position: int, form: str) -> None:
    line = "x" * position + " " + form.format(SECRET) + " " + "y" * (20_000 - position)
    assert SECRET not in redacted(line)[0]
    words = ("w " * 10_000)[:position] + " " + form.format(SECRET) + " z" * 8_000
    assert SECRET not in redacted(words)[0]


def test_a_secret_longer_than_a_piece_is_removed() -> None:
    told, _ = redacted("x password=" + "S" * 30_000 + " after")
    assert "SS" not in told
    assert told.endswith(" after")


@pytest.mark.parametrize(
    "piece",
    [
        "a://",
        "password",
        "=",
        "pass:",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY",
        "eyJ.",
        "$6$",
        "'",
        '"',
        "x-",
        "a" * 13 + ":",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    redacted(piece * (400_000 // len(piece)))
    redacted((piece * 1_000 + "\n") * (400_000 // (len(piece) * 1_000)))
    assert time.process_time() - began < 8
