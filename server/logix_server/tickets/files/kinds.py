"""Which files are taken: by their ending, and by what they begin with. Pure.

What a browser could run (HTML, SVG, scripts) and what a desk could start (programs, macros) is not. Every
file is served as a download, text as plain text: what it says of itself is never believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from logix_server.tickets.files import names

#: So much of a file's beginning is looked at.
LOOKED_AT: Final = 8_192
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_PCAP: Final = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
#: What begins a program, whatever its name says: ELF, Windows, Mach-O, a script's first line.
_PROGRAMS: Final = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")


@dataclass(frozen=True)
class FileKind:
    """What a file of this ending is served as, and whether its beginning fits."""

    content_type: str
    fits: Callable[[bytes], bool]


def _begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


def _text(head: bytes) -> bool:
    """Text of any encoding that Turkish is written in; nothing a browser takes for a page is decided here."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True  # UTF-16, as some editors save
    return b"\0" not in head and not head.startswith(_PROGRAMS)


def _webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


_PLAIN: Final = FileKind("text/plain", _text)
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OPEN: Final = "application/vnd.oasis.opendocument."
KINDS: Final[Mapping[str, FileKind]] = {
    "png": FileKind("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": FileKind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": FileKind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "gif": FileKind("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": FileKind("image/webp", _webp),
    "pdf": FileKind("application/pdf", _begins(b"%PDF-")),
    **dict.fromkeys(("txt", "log", "csv", "conf", "cfg", "ini", "json", "yaml", "yml", "xml", "eml"), _PLAIN),
    "zip": FileKind("application/zip", _begins(*_ZIP)),
    "gz": FileKind("application/gzip", _begins(b"\x1f\x8b")),
    "tgz": FileKind("application/gzip", _begins(b"\x1f\x8b")),
    "xz": FileKind("application/x-xz", _begins(b"\xfd7zXZ\x00")),
    "7z": FileKind("application/x-7z-compressed", _begins(b"7z\xbc\xaf\x27\x1c")),
    "docx": FileKind(f"{_OFFICE}wordprocessingml.document", _begins(*_ZIP)),
    "xlsx": FileKind(f"{_OFFICE}spreadsheetml.sheet", _begins(*_ZIP)),
    "pptx": FileKind(f"{_OFFICE}presentationml.presentation", _begins(*_ZIP)),
    "odt": FileKind(f"{_OPEN}text", _begins(*_ZIP)),
    "ods": FileKind(f"{_OPEN}spreadsheet", _begins(*_ZIP)),
    "pcap": FileKind("application/vnd.tcpdump.pcap", _begins(*_PCAP)),
    "pcapng": FileKind("application/x-pcapng", _begins(b"\x0a\x0d\x0d\x0a")),
}


def kind_of(name: str, head: bytes) -> FileKind | None:
    """What a file of this (cleaned) name that begins with `head` is; None = it is not taken."""
    kind = KINDS.get(names.ending(name))
    return kind if kind is not None and kind.fits(head) else None
