"""What a cell means: days, years, packages, owners of hardware. Pure. Each raises `Wrong` with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from logix_common.identifiers import is_serial

from logix_server.contracts.decisions.terms import Hardware, Package, Vendor
from logix_server.contracts.imports.columns import folded, nearest

#: Earlier or later days are slips of the pen: 1926 or 2206 for 2026.
FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
MAX_NAME: Final = 200
MAX_MODEL: Final = 100
MAX_UPDATE_YEARS: Final = 10
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?\Z", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: \d{2}:\d{2}(?::\d{2})?)?\Z", re.ASCII)
_SERIAL_DAY = re.compile(r"\d{5}(?:[.,]\d+)?\Z", re.ASCII)
_YEARS = re.compile(r"(\d{1,2})(?:[.,]0+)?\s*(?:yıl|yil|years?)?\Z", re.ASCII | re.IGNORECASE)
#: What Excel shows for a cell that it cannot work out, in English and Turkish: #N/A, #YOK, #REF!, #BAŞV!.
EXCEL_ERROR: Final = re.compile(r"#(?:[A-ZÇĞİÖŞÜ]+(?:/[A-Z0-9]+)?[!?]?|SAYI/0!|#+)\Z")
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

_HARDWARE: Final = {"logix": Hardware.LOGIX, "customer": Hardware.CUSTOMER, "musteri": Hardware.CUSTOMER}
_VENDORS: Final = {"logix": Vendor.LOGIX, "other": Vendor.OTHER, "diger": Vendor.OTHER}
_LANGUAGES: Final = {
    "tr": "tr",
    "turkce": "tr",
    "turkish": "tr",
    "en": "en",
    "ingilizce": "en",
    "english": "en",
}


class Wrong(ValueError):
    """A cell that means nothing; the text says why."""


def day(text: str, epoch: date) -> date:
    """2026-11-22, 22.11.2026, or the number of days since `epoch` that a spreadsheet keeps."""
    iso, dotted = _ISO.match(text), _DOTTED.match(text)
    try:
        if iso:
            found = date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif dotted:
            found = date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        elif _SERIAL_DAY.match(text):
            found = epoch + timedelta(days=int(text[:5]))
        else:
            raise Wrong("expected a day such as 2026-11-22 or 22.11.2026")
    except (ValueError, OverflowError) as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong("there is no such day in the calendar") from error
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Wrong(f"{found} is out of range: expected {FIRST_DAY.year} to {LAST_DAY.year}")
    return found


def past_day(text: str, epoch: date, today: date) -> date:
    """A day that has come."""
    found = day(text, epoch)
    if found > today:
        raise Wrong(f"{found} is in the future")
    return found


def years(text: str, allowed: range | tuple[int, ...], clause: str) -> int:
    """A whole number of years that is sold."""
    match = _YEARS.match(text)
    found = int(match[1]) if match else None
    if found is None or found not in allowed:
        sold = "1 or 3" if allowed == (1, 3) else f"{min(allowed)} to {max(allowed)}"
        raise Wrong(f"expected {sold} years ({clause})")
    return found


def package(text: str) -> Package:
    """A support package, however it is written."""
    return _choice(text, {package.value: package for package in Package})


def hardware(text: str) -> Hardware:
    """Who supplied the hardware (WAR-3)."""
    return _choice(text, _HARDWARE)


def vendor(text: str) -> Vendor:
    """Whose product it is (SUP-3)."""
    return _choice(text, _VENDORS)


def language(text: str) -> str:
    """The language of letters: tr or en."""
    found = _LANGUAGES.get(folded(text))
    if found is None:
        raise Wrong("expected tr or en")
    return found


def _choice(text: str, known: dict[str, ChoiceT]) -> ChoiceT:
    found = known.get(folded(text))
    if found is None:
        names = dict.fromkeys(str(value) for value in known.values())
        near = nearest(text, {key: str(value) for key, value in known.items()})
        raise Wrong(f"expected {', '.join(names)}" + (f"; did you mean {near}?" if near else ""))
    return found


def serial(text: str) -> str:
    """A unit's serial number."""
    if re.fullmatch(r"\d(?:[.,]\d+)?E\+\d+", text):
        raise Wrong("the spreadsheet made a rounded number of it: format the column as text")
    if not is_serial(text):
        raise Wrong("expected 1 to 64 letters, digits or . _ / -, first a letter or digit")
    return text


def name(text: str, most: int = MAX_NAME) -> str:
    """A name of a company, place or model."""
    if len(text) > most:
        raise Wrong(f"expected at most {most} characters, got {len(text)}")
    if not text.isprintable():
        raise Wrong("holds characters that cannot be shown")
    return text


def mail(text: str, is_mail: Callable[[str], bool]) -> str:
    """A mail address."""
    if len(text) > 254 or not is_mail(text):
        raise Wrong("expected one mail address")
    return text
