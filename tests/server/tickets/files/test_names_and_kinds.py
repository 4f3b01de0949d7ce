"""Names and kinds of attached files: what hostile ones pretend to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.tickets.files import names
from logix_server.tickets.files.kinds import kind_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("şema.png", "şema.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ayse\\günlük.log", "günlük.log"),
        ("/", "file"),
        ("", "file"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("a\0b\r\nSet-Cookie: x.txt", "ab Set-Cookie_ x.txt"),
        ('x"><script>.txt', "x___script_.txt"),
        ("s\u0327ema.txt", "şema.txt"),
        ("a" * 300 + ".txt", "a" * 116 + ".txt"),
    ],
)
def test_names(told: str, kept: str) -> None:
    assert names.cleaned(told) == kept


@given(st.text(max_size=400))
def test_no_name_is_a_path_or_a_header(told: str) -> None:
    kept = names.cleaned(told)
    assert 1 <= len(kept) <= names.MOST_NAME
    assert kept not in (".", "..")
    assert not set(kept) & set('/\\\r\n\t\0"<>|?*:;%')
    assert not kept.startswith(".")
    assert names.cleaned(kept) == kept
    kept.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "head", "content_type"),
    [
        ("a.png", PNG, "image/png"),
        ("A.PNG", PNG, "image/png"),
        ("a.jpg", PNG, None),
        ("a.png", b"<html>", None),
        ("a.txt", "Şu çıktı".encode("windows-1254"), "text/plain"),
        ("a.txt", "\ufeffUTF-16".encode("utf-16-le"), "text/plain"),
        ("a.txt", b"<script>alert(1)</script>", "text/plain"),  # served as text, as a download
        ("a.txt", b"\x7fELF\x02", None),
        ("a.log", b"MZ\x90", None),
        ("a.sh", b"#!/bin/sh", None),
        ("a.txt", b"#!/bin/sh", None),
        ("a.html", b"<html>", None),
        ("a.svg", b"<svg>", None),
        ("a.exe", b"MZ", None),
        ("a.docm", b"PK\x03\x04", None),
        ("a.docx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.pcap", b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
        ("a.txt", b"", "text/plain"),
        ("a", b"text", None),
        (".txt", b"text", None),
        ("a.txt.exe", b"text", None),
    ],
)
def test_kinds(name: str, head: bytes, content_type: str | None) -> None:
    kind = kind_of(names.cleaned(name), head)
    assert (kind and kind.content_type) == content_type


@given(st.text(max_size=50), st.binary(max_size=200))
def test_any_file_is_judged(name: str, head: bytes) -> None:
    kind_of(names.cleaned(name), head)
