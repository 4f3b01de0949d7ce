"""The parts of a mail: which is its text, which are files. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from logix_server.mail.plain import lines, one_line
from logix_server.mail.reading import html_text
from logix_server.mail.reading.charsets import decoded, header_words
from logix_server.mail.reading.flowed import unflowed
from logix_server.mail.reading.headers import Raw
from logix_server.mail.reading.mail_read import File

#: Characters of text that are read; the rest stays in the raw mail.
MOST_TEXT: Final = 200_000
MOST_FILES: Final = 20
#: Names of further files that are told.
MOST_LEFT_OUT: Final = 100
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\Z")


class Parts:
    """What walking over a mail has gathered."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.html: list[str] = []
        self.files: list[File] = []
        self.left_out: list[str] = []
        self.cut = False

    def take(self, part: Raw) -> None:
        """Take up one part that holds no further parts."""
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and not _is_file(part):
            self._take_text(part, kind)
        else:
            self._take_file(part, kind)

    def _take_text(self, part: Raw, kind: str) -> None:
        taken, most = (self.html, html_text.MOST_HTML) if kind == "text/html" else (self.plain, MOST_TEXT)
        if sum(map(len, taken)) >= most:
            self.cut = True
            return
        text = decoded(_content(part), _parameter(part, "charset"))
        self.cut = self.cut or len(text) > MOST_TEXT
        text = lines(text[:MOST_TEXT])
        if kind == "text/html":
            self.html.append(text)
            return
        if _parameter(part, "format").lower() == "flowed":
            text = unflowed(text, delete_space=_parameter(part, "delsp").lower() == "yes")
        self.plain.append(text)

    def _take_file(self, part: Raw, kind: str) -> None:
        content, name = _content(part), _name_of(part, kind, len(self.files) + 1)
        if len(self.files) >= MOST_FILES:
            if len(self.left_out) < MOST_LEFT_OUT:
                self.left_out.append(name)
            return
        inline = str(part.get("Content-Disposition") or "").strip().lower().startswith("inline")
        kind = kind if _TYPE.match(kind) else "application/octet-stream"
        self.files.append(File(name, kind, content, inline or "Content-ID" in part))

    def words(self) -> str:
        """The text; of a mail that is HTML alone, what that shows."""
        text = "\n\n".join(text for text in self.plain if text.strip())
        if not text:
            text = "\n\n".join(html_text.words(html) for html in self.html)
        self.cut = self.cut or len(text) > MOST_TEXT
        return text[:MOST_TEXT]


def leaves(mail: Raw) -> Iterator[Raw]:
    """The parts that hold no further parts; a forwarded mail is one, as it stands."""
    waiting: list[Raw] = [mail]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting.extend(reversed([each for each in inner if not isinstance(each, str)]))
        else:
            yield part


def _content(part: Raw) -> bytes:
    if part.is_multipart():  # message/rfc822: the forwarded mail as a file
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        try:
            return first.as_bytes() if first is not None and not isinstance(first, str) else b""
        except Exception:  # the library does not write again everything that it reads
            return b""
    try:
        content = part.get_payload(decode=True)
    except Exception:  # as above: a forged transfer encoding is no reason to lose the rest
        return b""
    return content if isinstance(content, bytes) else b""


def _is_file(part: Raw) -> bool:
    disposition = str(part.get("Content-Disposition") or "").strip().lower()
    return disposition.startswith("attachment") or bool(_parameter(part, "name") and disposition)


def _name_of(part: Raw, kind: str, number: int) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # RFC 2231 sections that contradict one another
        name = ""
    name = one_line(header_words(name).replace("\\", "/").rpartition("/")[2], 150).strip(". ")
    if name:
        return name
    ending = {"message/rfc822": "eml", "text/html": "html", "text/plain": "txt"}.get(kind, "bin")
    return f"part-{number}.{ending}"


def _parameter(part: Raw, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except Exception:  # as above
        return ""
    return str(value[2] if isinstance(value, tuple) else value)[:200]
