"""Mails as they come: Turkish in every encoding, quotations folded, HTML harmless, and whatever is forged."""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from logix_server.mail.reading import html_text
from logix_server.mail.reading.charsets import decoded, header_words
from logix_server.mail.reading.flowed import unflowed
from logix_server.mail.reading.quoting import fold
from logix_server.mail.reading.reader import Unreadable, read

PARTS = b"From: a@ege.example\nContent-Type: multipart/mixed; boundary=b\n\n"
TURKISH = "Güç kaynağı arızalı; ışık yanmıyor, İstanbul şubesi ÖÇŞĞÜI."


def plain(body: bytes, content_type: str, headers: bytes = b"", encoding: bytes = b"8bit") -> bytes:
    return (
        b"From: Ayse <ayse@ege.example>\r\nTo: destek@logix.example\r\nSubject: Disk\r\n"
        b"Message-ID: <1@ege.example>\r\nMIME-Version: 1.0\r\n"
        + headers
        + b"Content-Type: "
        + content_type.encode()
        + b"\r\nContent-Transfer-Encoding: "
        + encoding
        + b"\r\n\r\n"
        + body
    )


class TestCharsets:
    @pytest.mark.parametrize(
        ("actual", "declared"),
        [
            ("utf-8", "utf-8"), ("iso8859-9", "iso-8859-9"), ("cp1254", "windows-1254"),
            ("cp1254", "iso-8859-9"), ("iso8859-9", "iso-8859-1"), ("cp1254", "windows-1252"),
            ("cp1254", "us-ascii"), ("utf-8", "us-ascii"), ("utf-8", "iso-8859-1"), ("cp1254", "utf-8"),
            ("cp1254", ""), ("utf-8", ""), ("cp1254", "x-unknown"), ("utf-8", "unicode_escape"),
            ("utf-8", "zlib"), ("cp1254", "\"windows-1254\""), ("utf-8", "idna"), ("utf-8", "a\x00b"),
            ("iso8859-9", "latin5"), ("utf-16", "utf-16"),
        ],
    )  # fmt: skip
    def test_turkish_is_read_right(self, actual: str, declared: str) -> None:
        assert decoded(TURKISH.encode(actual), declared) == TURKISH

    def test_western_letters_stay(self) -> None:
        assert decoded("Café Müller à Zürich".encode("latin-1"), "iso-8859-1") == "Café Müller à Zürich"

    @given(st.binary(max_size=200), st.text(max_size=20))
    def test_any_bytes_under_any_name(self, content: bytes, charset: str) -> None:
        assert isinstance(decoded(content, charset), str)

    @pytest.mark.parametrize(
        "raw",
        [
            "=?iso-8859-9?Q?G=FC=E7_kayna=F0=FD?=", "=?windows-1254?B?R/znIGtheW5h8P0=?=",
            "=?utf-8?Q?G=C3=BC=C3=A7_?=\r\n =?utf-8?Q?kayna=C4=9F=C4=B1?=", "Güç kaynağı",
            "Güç kaynağı".encode("cp1254").decode("ascii", "surrogateescape"),
            "Güç kaynağı".encode().decode("ascii", "surrogateescape"),
        ],
    )  # fmt: skip
    def test_subjects(self, raw: str) -> None:
        assert header_words(raw) == "Güç kaynağı"

    @given(st.text(max_size=100))
    @example("=?x?B?====?=")
    @example("=?\x00?q?a?=")
    def test_any_header(self, text: str) -> None:
        assert isinstance(header_words(text), str)


class TestMails:
    def test_windows_1254_quoted_printable(self) -> None:
        body = b"G=FC=E7 kayna=F0=FD ar=FDzal=FD =DEahin\r\n"
        mail = read(plain(body, "text/plain; charset=windows-1254", encoding=b"quoted-printable"))
        assert mail.text == "Güç kaynağı arızalı Şahin"
        assert mail.headers.sender == "ayse@ege.example"
        assert mail.headers.message_id == "1@ege.example"
        assert mail.headers.recipients == ("destek@logix.example",)

    def test_html_and_text_and_a_file(self) -> None:
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = "Ayşe Yılmaz <Ayse@Ege.example>", "destek@logix.example"
        message["Subject"] = "Ynt: [LGX-2026-000001] Güç"
        message.set_content("Düz yazı")
        message.add_alternative("<p>Düz <b>yazı</b><script>x()</script></p>", subtype="html")
        message.add_attachment(b"\x00\x01", maintype="application", subtype="zip", filename="günlük.zip")
        mail = read(message.as_bytes())
        assert (mail.text, mail.headers.sender_name) == ("Düz yazı", "Ayşe Yılmaz")
        assert mail.html.strip() == "<p>Düz <b>yazı</b></p>"
        (file,) = mail.files
        assert (file.name, file.content_type, file.content) == ("günlük.zip", "application/zip", b"\x00\x01")

    def test_what_is_html_alone_gives_its_words(self) -> None:
        html = (
            "<html><head><style>p{color:red}</style></head><body><div>Merhaba,</div>"
            "<p>Fan &amp; güç<br>çalışmıyor</p><ul><li>bir</li><li>iki</li></ul>"
            "<div class=gmail_quote>24 Kas 2026 Sal 10:00 tarihinde Destek "
            "&lt;destek@logix.example&gt; şunu yazdı:"
            "<blockquote>Eski<br>mail</blockquote></div></body></html>"
        )
        mail = read(plain(html.encode(), "text/html; charset=utf-8"))
        assert mail.text == "Merhaba,\nFan & güç\nçalışmıyor\n\n- bir\n- iki"
        assert mail.quoted.endswith("> Eski\n> mail")

    def test_names_of_files_are_no_paths(self) -> None:
        body = (
            b'--b\r\nContent-Type: text/plain; name="../../etc/pass\\wd\x00\xe2\x80\xaegnp.exe"\r\n'
            b"Content-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
        )
        (file,) = read(plain(body, "multipart/mixed; boundary=b")).files
        assert not set(file.name) & set("/\\\x00\u202e")

    def test_two_senders_are_nobody(self) -> None:
        raw = plain(b"x", "text/plain", headers=b"From: b@ege.example\r\n")
        assert read(raw).headers.sender == ""
        raw = plain(b"x", "text/plain").replace(b"Ayse <ayse@ege.example>", b"a@x.example, b@x.example")
        assert read(raw).headers.sender == ""

    def test_a_forwarded_mail_is_a_file(self) -> None:
        inner = plain(b"inner words", "text/plain")
        body = b"--b\r\nContent-Type: text/plain\r\n\r\nouter\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        mail = read(plain(body + inner + b"\r\n--b--\r\n", "multipart/mixed; boundary=b"))
        assert mail.text == "outer"
        assert [file.name for file in mail.files] == ["part-1.eml"]
        assert b"inner words" in mail.files[0].content

    def test_flowed(self) -> None:
        body = (
            b"Bu uzun bir \r\nsat\xc4\xb1r.\r\n> al\xc4\xb1nt\xc4\xb1 \r\n> s\xc3\xbcrer\r\n-- \r\nAyse\r\n"
        )
        mail = read(plain(body, "text/plain; charset=utf-8; format=flowed"))
        assert mail.text.startswith("Bu uzun bir satır.")
        assert unflowed("a \nb", delete_space=True) == "ab"
        assert unflowed("a \n> b \n> c\n-- \nd", delete_space=False) == "a\n> b c\n-- \nd"


class TestFolding:
    @pytest.mark.parametrize(
        "quotation",
        [
            "On Mon, 2 Mar 2026 at 10:00, Destek <d@x.example> wrote:\n> eski",
            "On Mon, 2 Mar 2026 at 10:00, Destek\n<destek@logix.example> wrote:\n\n> eski",
            "2 Mar 2026 Pzt 10:00 tarihinde Destek <d@x.example> şunu yazdı:\n> eski",
            "2 Mar 2026 Pzt 10:00 tarihinde Destek\n<d@x.example> şunu yazdı:\n> eski",
            "Destek <d@x.example> şunları yazdı (2 Mar 2026 10:00):\n> eski",
            "-----Original Message-----\nFrom: Destek\nSent: Monday\nTo: Ayse\nSubject: Disk\n\neski",
            "-----Özgün İleti-----\nKimden: Destek\nGönderildi: Pazartesi\nKime: Ayşe\nKonu: Disk\n\neski",
            "From: Destek <d@x.example>\nSent: Monday\nTo: Ayse\nSubject: Disk\n\neski",
            "Kimden: Destek <d@x.example>\nGönderilme: Pazartesi\nKime: Ayşe\nKonu: Disk\n\neski",
            "________________________________\nKimden: Destek\nTarih: 2 Mart\nKime: Ayşe\nKonu: Disk\n\neski",
            "> eski\n> mail",
        ],
    )
    def test_the_earlier_mail_is_apart(self, quotation: str) -> None:
        folded = fold(f"Teşekkürler, çalışıyor.\n\n{quotation}")
        assert folded.said == "Teşekkürler, çalışıyor."
        assert folded.quoted.endswith(("eski", "mail"))

    @pytest.mark.parametrize(
        "signature",
        ["-- \nAyşe\nEge A.Ş.", "Sent from my iPhone", "iPhone’umdan gönderildi", "Get Outlook for Android"],
    )
    def test_the_signature_is_apart(self, signature: str) -> None:
        folded = fold(f"Evet.\n\n{signature}")
        assert (folded.said, folded.signature) == ("Evet.", signature)

    def test_answers_in_between_stay(self) -> None:
        text = "On Monday 2 March, Destek wrote:\n> Seri no?\nLGX-1\n> Sürüm?\n7.2"
        assert fold(text).said == text

    @pytest.mark.parametrize("text", ["> hepsi\n> alıntı", "-- \nAyşe", "From here to there: yes"])
    def test_a_mail_never_ends_up_empty(self, text: str) -> None:
        assert fold(text).said == text

    @given(st.text(alphabet="> \n-_:abOn wrote", max_size=400))
    def test_nothing_is_lost(self, text: str) -> None:
        folded = fold(text)
        kept = "".join("".join((folded.said, folded.signature, folded.quoted)).split())
        assert kept == "".join(text.split())


class TestHtml:
    @pytest.mark.parametrize(
        "hostile",
        [
            "<img src=https://spy.example/x.png>", "<script>alert(1)</script>", "<p onclick=x()>a</p>",
            "<a href='javascript:x()'>a</a>", "<style>@import 'https://spy.example'</style>",
            "<iframe src=https://spy.example></iframe>", "<form action=https://spy.example><input></form>",
            "<svg><script>x()</script></svg>", "<p style='background:url(https://spy.example)'>a</p>",
            "<base href=https://spy.example>", "<object data=x></object>",
            "<math><mi xlink:href=javascript:x()>",
        ],
    )  # fmt: skip
    def test_nothing_runs_and_nothing_is_loaded(self, hostile: str) -> None:
        clean = html_text.harmless(hostile).lower()
        for bad in ("script", "onclick", "spy.example", "javascript", "style", "<iframe", "<form", "<img"):
            assert bad not in clean

    @given(st.text(alphabet="<>/!-=\"' abdivpqutesyl&#;[]", max_size=300))
    def test_any_html(self, html: str) -> None:
        html_text.words(html)
        html_text.harmless(html)


def nested(depth: int) -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (each, each)
        for each in range(depth)
    )
    return b"From: a@ege.example\r\n" + head + b"Content-Type: text/plain\r\n\r\nx"


class TestHostile:
    @pytest.mark.parametrize(
        "raw",
        [
            nested(200), nested(20_000),
            b"From: a@ege.example\r\n" + b"X: y\r\n" * 100_000 + b"\r\nx",
            b"From: a@ege.example\r\nSubject: " + b"A" * 1_000_000 + b"\r\n\r\nx",
            b"From: a@ege.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 5_000,
            b"From: a@ege.example\r\n\r\n" + b"\n" * 5_000_000,
        ],
        ids=["deep", "abyss", "headers", "subject", "parts", "lines"],
    )  # fmt: skip
    def test_what_is_forged_to_cost_is_put_apart(self, raw: bytes) -> None:
        begun = time.process_time()
        with pytest.raises(Unreadable):
            read(raw)
        assert time.process_time() - begun < 5

    @pytest.mark.parametrize(
        "body",
        [
            b"A" * 25_000_000,
            b"> " * 12_000_000,
            b"a \r\n" * 900_000,
            b"<div>" * 4_000_000,
            b"On \r\n" * 900_000,
        ],
        ids=["one-line", "marks", "flowed", "divs", "on"],
    )
    def test_25_mb(self, body: bytes) -> None:
        begun = time.process_time()
        for kind in ("text/plain; format=flowed", "text/html"):
            assert len(read(plain(body, kind)).text) <= 200_000
        assert time.process_time() - begun < 30

    @pytest.mark.parametrize(
        "raw",
        [
            PARTS + b"--b\nContent-Type: text/plain; a=\"" + b";" * 100_000 + b"\n\nx",
            PARTS + b"--b\nContent-Type: text/plain\nContent-Disposition: attachment; a=\"" + b";" * 100_000,
            PARTS + b"--b\nContent-Type: text/plain;" + b"a" * 1_000_000 + b"\n\nx",
            PARTS + b"--b\n\n" * 400_000,
            PARTS + b"".join(
                b"--b\nContent-Type:" + b" " * 150 + b"multipart/mixed; boundary=b\n\n" for _ in range(200)
            ),
            PARTS + b"".join(b"--b\rContent-Type: multipart/mixed; boundary=b\r\r" for _ in range(200)),
            PARTS + b"--b\n\n" + b"a\r" * 2_000_000,
        ],
        ids=["parameters", "disposition", "endless", "borders", "far-type", "bare-cr", "cr-lines"],
    )  # fmt: skip
    def test_what_hides_its_cost_from_the_bounds(self, raw: bytes) -> None:
        begun = time.process_time()
        with pytest.raises(Unreadable):
            read(raw)
        assert time.process_time() - begun < 5

    @pytest.mark.parametrize(
        "page",
        ["<a ", "<!--", "<![x", "<![CDATA[", "</a", "<?", "<", "<a b='", "<script>", "<a><", "&#"],
    )
    def test_pages_that_never_end(self, page: str) -> None:
        begun = time.process_time()
        read(plain((page * 200_000).encode(), "text/html"))
        assert time.process_time() - begun < 5

    def test_words_of_a_page_beside_what_is_no_tag(self) -> None:
        page = (
            "<!DOCTYPE html><!-- a <b> --><p>5 < 6<![endif]> &amp; <b title='x'>7</b>"
            f"<img src='data:{'A' * 9_000}'></p>&#8238;fdp&#1;.exe<!-- never <p>ends"
        )
        assert " ".join(html_text.words(page).split()) == "5 < 6 & 7 fdp.exe"

    def test_many_texts_are_cut_where_one_is(self) -> None:
        for kind in (b"plain", b"html"):
            each = b"--b\nContent-Type: text/" + kind + b"\n\n" + b"word <i>" * 12_000 + b"\n"
            begun = time.process_time()
            mail = read(PARTS + each * 200)
            assert mail.cut
            assert time.process_time() - begun < 5

    def test_of_very_many_files_not_all_names_are_told(self) -> None:
        mail = read(PARTS + b"--b\nContent-Disposition: attachment\n\nx\n" * 5_000)
        assert (len(mail.files), len(mail.left_out)) == (20, 100)

    def test_a_long_base64_body(self) -> None:
        body = b"QUFB" * 19 + b"\r\n"
        mail = read(plain(body * 300_000, "application/zip", encoding=b"base64"))
        assert len(mail.files[0].content) == 57 * 300_000

    @pytest.mark.parametrize(
        "sender",
        [
            '"a b"@evil.example, boss@ege.example', "boss@ege.example(<evil@evil.example>)",
            "boss@\u212aurum.example", "evil@[192.0.2.1], boss@ege.example", "bo\u200bss@ege.example",
            "boss@ege.example <evil@evil.example>", "boss@ege.example" + " " * 3_000 + ", x@evil.example",
            "x@\u0130ge.example, boss@ege.example", "\"a\\\"@evil.example, boss@ege.example",
        ],
    )  # fmt: skip
    def test_a_from_that_others_may_read_otherwise_is_nobody(self, sender: str) -> None:
        assert read(f"From: {sender}\r\n\r\nx".encode()).headers.sender == ""

    @pytest.mark.parametrize(
        "sender",
        [
            "Boss@Ege.example", "<boss@ege.example>", '"x@y.example" <boss@ege.example>',
            "boss@ege.example (Boss)", "boss@ege.example <boss@ege.example>",
            "=?utf-8?q?x=40y?= <boss@ege.example>", "Şef <boss@ege.example>",
        ],
    )  # fmt: skip
    def test_a_from_as_programs_write_it(self, sender: str) -> None:
        assert read(f"From: {sender}\r\n\r\nx".encode()).headers.sender == "boss@ege.example"

    def test_controls_and_directions(self) -> None:
        raw = plain("a\x00b\u202ec\x1b[2Jd".encode(), "text/plain; charset=utf-8")
        mail = read(raw.replace(b"Subject: Disk", "Subject: x\u202eexe.\x00pdf".encode()))
        assert mail.text == "abc[2Jd"
        assert mail.headers.subject == "xexe.pdf"

    @given(st.binary(max_size=2_000))
    @example(b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n")
    @example(b"Content-Type: text/plain; charset*0=x; charset*=y''z\r\n\r\n\xff")
    @example(b"From: =?utf-8?b?\xff?= <a@b\r\n\r\n")
    def test_any_bytes(self, raw: bytes) -> None:
        try:
            read(raw).text.encode()
        except Unreadable:
            pass

    @given(st.data())
    def test_mails_that_were_damaged_on_the_way(self, data: st.DataObject) -> None:
        message = EmailMessage(policy=SMTP)
        message["From"], message["Subject"] = "a@ege.example", "Güç"
        message.set_content(TURKISH)
        message.add_alternative("<p>x</p>", subtype="html")
        message.add_attachment(b"zip", maintype="application", subtype="zip", filename="a.zip")
        raw = bytearray(message.as_bytes())
        for _ in range(data.draw(st.integers(1, 8))):
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
        try:
            read(bytes(raw)).text.encode()
        except Unreadable:
            pass
