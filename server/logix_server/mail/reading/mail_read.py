"""What reading a mail gives: facts for decisions, words, files. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """An attachment, or a picture within the text. Its content is never trusted, nor is its name."""

    name: str
    content_type: str  # as the mail says
    content: bytes
    inline: bool


@dataclass(frozen=True)
class Headers:
    """The headers that decide where a mail goes; each bounded. Ids are without < >."""

    message_id: str = ""
    date: str = ""
    sender: str = ""  # one plain address in small letters; "" where From names none, or several
    sender_name: str = ""
    subject: str = ""
    recipients: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()  # In-Reply-To, then References from the newest on
    auto_submitted: str = ""
    precedence: str = ""
    of_list: bool = False
    autoreply: bool = False  # by headers older than Auto-Submitted
    loops: tuple[str, ...] = ()
    report: bool = False
    null_return_path: bool = False
    authentication: tuple[str, ...] = ()  # Authentication-Results, the newest first


@dataclass(frozen=True)
class MailRead:
    """A mail taken apart. `cut`: words or files beyond the bounds were left out (the raw mail has them)."""

    headers: Headers
    text: str = ""
    signature: str = ""
    quoted: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    left_out: tuple[str, ...] = ()  # names of files that were not taken
    cut: bool = False
