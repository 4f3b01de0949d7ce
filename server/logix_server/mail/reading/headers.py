"""The headers that decide where a mail goes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from email.utils import getaddresses
from typing import Final, TypeAlias

from logix_server.mail.plain import address_or_none, one_line
from logix_server.mail.reading.charsets import bare, header_words
from logix_server.mail.reading.mail_read import Headers

MOST_ADDRESSES: Final = 50
MOST_THREAD: Final = 30
_MOST_HEADER: Final = 16_000
_MOST_FROM: Final = 2_000
_ID: Final = re.compile(r"<([^<>\s]{1,250})>")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_AT: Final = re.compile(r"[^\s<>,;:()\"]*@[^\s<>,;:()\"]*")
_TO: Final = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_OF_LIST: Final = ("List-Id", "List-Post", "List-Unsubscribe", "List-Help", "List-Subscribe", "Mailing-List")
_AUTOREPLY: Final = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Vacation")

Raw: TypeAlias = "Message[str, str]"  # quoted: not subscriptable as the program runs


def headers_of(mail: Raw) -> Headers:
    """The headers of `mail`, each bounded; never raises."""
    name, sender = _sender(mail)
    report = mail.get_content_type() in ("multipart/report", "message/delivery-status")
    return Headers(
        message_id=next(iter(_ids(mail, "Message-ID")), ""),
        date=_one(mail, "Date")[:100],
        sender=sender,
        sender_name=one_line(name, 200),
        subject=one_line(header_words(_one(mail, "Subject")), 400),
        recipients=tuple(dict.fromkeys(address for _, address in _addresses(mail, _TO))),
        thread=_thread(mail),
        auto_submitted=_one(mail, "Auto-Submitted").partition(";")[0].strip().lower()[:40],
        precedence=_one(mail, "Precedence").strip().lower()[:40],
        of_list=any(header in mail for header in _OF_LIST),
        autoreply=any(header in mail for header in _AUTOREPLY),
        loops=tuple(value.lower() for value in _all(mail, "X-Loop"))[:10],
        report=report,
        null_return_path=_one(mail, "Return-Path").strip() == "<>",
        authentication=tuple(_all(mail, "Authentication-Results"))[:10],
    )


def _sender(mail: Raw) -> tuple[str, str]:
    """Name and address of From; ("", "") for two senders, and for none that is plain: nobody whom we know.

    Whoever judged the mail on its way (DMARC) may have read another address than we do, where there is
    anything else that could be one, or a letter that only looks like another.
    """
    found = _addresses(mail, ("From",))
    values = [bare(str(value)) for header, value in mail.raw_items() if header.lower() == "from"]
    if len({address for _, address in found}) != 1 or sum(map(len, values)) > _MOST_FROM:
        return "", ""
    meant = [word for value in values for word in _AT.findall(_QUOTED.sub(" ", value))]
    alike = all(word.isascii() and word.lower() == found[0][1] for word in meant)
    return found[0] if alike and meant else ("", "")


def _addresses(mail: Raw, names: Iterable[str]) -> list[tuple[str, str]]:
    values = [value for name in names for value in _all(mail, name)]
    try:
        found = getaddresses(values)
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return []
    plain = [(header_words(name), address_or_none(address)) for name, address in found[:MOST_ADDRESSES]]
    return [(name, address) for name, address in plain if address]


def _thread(mail: Raw) -> tuple[str, ...]:
    newest_first = [*_ids(mail, "In-Reply-To"), *reversed(_ids(mail, "References"))]
    return tuple(dict.fromkeys(newest_first))[:MOST_THREAD]


def _ids(mail: Raw, name: str) -> list[str]:
    return [one_line(found, 250) for value in _all(mail, name) for found in _ID.findall(value)]


def _all(mail: Raw, name: str) -> list[str]:
    # As they stand in the mail: the library's own way of showing them loses undeclared letters.
    values = [str(value) for header, value in mail.raw_items() if header.lower() == name.lower()]
    return [one_line(bare(value[:_MOST_HEADER]), _MOST_HEADER) for value in values[:MOST_ADDRESSES]]


def _one(mail: Raw, name: str) -> str:
    return next(iter(_all(mail, name)), "")
