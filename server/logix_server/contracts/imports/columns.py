"""The columns of an import and the headings that name them, Turkish or English. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from enum import StrEnum
from typing import Final


class Column(StrEnum):
    """A column by its own name."""

    DEALER = "dealer"
    DEALER_EMAIL = "dealer_email"
    CUSTOMER = "customer"
    CUSTOMER_EMAIL = "customer_email"
    LANGUAGE = "language"
    INSTALLATION = "installation"
    SERIAL = "serial"
    MODEL = "model"
    VENDOR = "vendor"
    HARDWARE = "hardware"
    PURCHASED_ON = "purchased_on"
    PACKAGE = "package"
    PACKAGE_FROM = "package_from"
    PACKAGE_YEARS = "package_years"
    UPDATE_RENEWED_FROM = "update_renewed_from"
    UPDATE_YEARS = "update_years"
    EXTENDED_WARRANTY_FROM = "extended_warranty_from"


#: Other headings that a column may have; case, accents, spaces and punctuation do not matter.
HEADINGS: Final[dict[Column, tuple[str, ...]]] = {
    Column.DEALER: ("bayi", "bayi adı", "dealer name"),
    Column.DEALER_EMAIL: ("bayi e-posta", "bayi e-postası", "dealer mail"),
    Column.CUSTOMER: ("müşteri", "müşteri adı", "customer name"),
    Column.CUSTOMER_EMAIL: ("müşteri e-posta", "müşteri e-postası", "e-posta", "e-mail", "customer mail"),
    Column.LANGUAGE: ("dil",),
    Column.INSTALLATION: ("kurulum", "kurulum yeri", "lokasyon", "site", "location"),
    Column.SERIAL: ("seri no", "seri numarası", "serial number", "serial no"),
    Column.MODEL: ("ürün", "ürün modeli", "product"),
    Column.VENDOR: ("üretici", "marka", "brand"),
    Column.HARDWARE: ("donanım", "donanım sahibi", "hardware owner"),
    Column.PURCHASED_ON: ("satın alma tarihi", "alım tarihi", "purchase date", "purchased"),
    Column.PACKAGE: ("paket", "destek paketi", "support package"),
    Column.PACKAGE_FROM: ("paket başlangıcı", "paket başlangıç tarihi", "package start"),
    Column.PACKAGE_YEARS: ("paket süresi", "paket yılı", "package term"),
    Column.UPDATE_RENEWED_FROM: (
        "yenileme başlangıcı",
        "yenileme tarihi",
        "güncelleme başlangıcı",
        "renewed from",
    ),
    Column.UPDATE_YEARS: ("yenileme süresi", "yenileme yılı", "güncelleme süresi", "renewal years"),
    Column.EXTENDED_WARRANTY_FROM: (
        "ek garanti başlangıcı",
        "uzatılmış garanti başlangıcı",
        "extended warranty",
    ),
}

_DOTLESS: Final = str.maketrans("İIı", "iii")


def folded(text: str) -> str:
    """Letters and digits alone, without case or accents; the four Turkish i are one."""
    flat = unicodedata.normalize("NFKD", text.translate(_DOTLESS).casefold())
    return re.sub(r"[^a-z0-9]", "", flat)


def same_name(text: str) -> str:
    """What two spellings of one name have in common: case and white space do not count, accents do."""
    return unicodedata.normalize("NFC", " ".join(text.translate(_DOTLESS).casefold().split()))


_KNOWN: Final = {
    folded(heading): column for column, others in HEADINGS.items() for heading in (column.value, *others)
}


def column_of(heading: str) -> Column | None:
    """The column that a heading names, if any."""
    return _KNOWN.get(folded(heading))


def nearest(text: str, known: dict[str, str]) -> str:
    """The best of `known` (folded -> as it is shown) for a mistyped `text`; "" where none comes close."""
    close = difflib.get_close_matches(folded(text), known, n=1, cutoff=0.6)
    return known[close[0]] if close else ""


def nearest_heading(heading: str) -> str:
    """The heading that was probably meant, "" where none comes close."""
    shown = {folded(name): name for column, others in HEADINGS.items() for name in (column.value, *others)}
    return nearest(heading, shown)
