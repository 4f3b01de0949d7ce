"""What programs ask of the terms, checked: plain JSON values in, facts out. Pure.

Every error is an `InvalidInput` that names the field and what was expected of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from logix_common.errors import InvalidInput

from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.terms import (
    Circumstances,
    ContractFacts,
    FaultCause,
    Hardware,
    Package,
    PackageTerm,
    PatchException,
    Term,
    Vendor,
)

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999
PACKAGE_YEARS: Final = (1, 3)  # SUP-2
MAX_RENEWAL_YEARS: Final = 100
MAX_ITEMS: Final = 100  # of a list; each is a boundary in time to be looked at
LEVELS: Final = (1, 2, 3)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_MIDNIGHT = re.compile(r"(.{10}[T ])24(:?00(?::?00(?:[.,]0+)?)?)((?:Z|[+-]).*)\Z", re.ASCII)

EnumT = TypeVar("EnumT", bound=StrEnum)
ItemT = TypeVar("ItemT")
Fields = Mapping[str, Any]

REQUIRED: Final = ("vendor", "hardware", "purchased_on")
FACTS: Final = (
    *REQUIRED,
    *("update_renewals", "packages", "extended_warranty", "end_of_sale_on", "end_of_life_on"),
    *("patch_exceptions", "access_opened", "remote_possible", "fault_cause", "fault_confirmed"),
    *("version_released_on", "successor_released_on"),
)


@dataclass(frozen=True)
class Question:
    """May this be done, for these facts, at this moment?"""

    action: Action
    at: datetime
    facts: ContractFacts
    circumstances: Circumstances


@dataclass(frozen=True)
class DeadlineQuestion:
    """When is a ticket of this level, opened at this moment under this package, to be answered?"""

    package: Package
    level: int
    opened_at: datetime


def question(told: Fields) -> Question:
    """{"action", "at", "facts"}; other keys are the asker's own."""
    action = _choice(_required(told, "action"), "action", Action)
    at = _moment(_required(told, "at"), "at")
    facts = _required(told, "facts")
    if not isinstance(facts, dict):
        raise _expected("facts", "an object", facts)
    _known(facts, FACTS, "facts")
    for name in REQUIRED:
        _required(facts, name, "facts.")
    return Question(action, at, _contract(facts), _circumstances(facts))


def deadline_question(told: Fields) -> DeadlineQuestion:
    """{"package", "level", "opened_at"}; other keys are the asker's own."""
    package = _choice(_required(told, "package"), "package", Package)
    level = _required(told, "level")
    if type(level) is not int or level not in LEVELS:
        raise _expected("level", "1, 2 or 3", level)
    return DeadlineQuestion(package, level, _moment(_required(told, "opened_at"), "opened_at"))


def _contract(facts: Fields) -> ContractFacts:
    return ContractFacts(
        purchased_on=_day_or_none(facts, "purchased_on"),
        hardware=_choice(facts["hardware"], "facts.hardware", Hardware),
        vendor=_choice(facts["vendor"], "facts.vendor", Vendor),
        update_renewals=_items(facts, "update_renewals", _renewal),
        packages=_items(facts, "packages", _package),
        extended_warranty=_flag(facts, "extended_warranty"),
        end_of_sale_on=_day_or_none(facts, "end_of_sale_on"),
        end_of_life_on=_day_or_none(facts, "end_of_life_on"),
        patch_exceptions=_items(facts, "patch_exceptions", _exception),
    )


def _circumstances(facts: Fields) -> Circumstances:
    cause = facts.get("fault_cause")
    return Circumstances(
        access_opened=_flag(facts, "access_opened"),
        remote_possible=_flag(facts, "remote_possible", default=True),
        fault_cause=None if cause is None else _choice(cause, "facts.fault_cause", FaultCause),
        fault_confirmed=_flag(facts, "fault_confirmed"),
        version_released_on=_day_or_none(facts, "version_released_on"),
        successor_released_on=_day_or_none(facts, "successor_released_on"),
    )


def _renewal(told: Fields, where: str) -> Term:
    _known(told, ("from", "years"), where)
    starts_on = _day(_required(told, "from", f"{where}."), f"{where}.from")
    years = _required(told, "years", f"{where}.")
    if type(years) is not int or not 1 <= years <= MAX_RENEWAL_YEARS:
        raise _expected(f"{where}.years", f"a whole number from 1 to {MAX_RENEWAL_YEARS}", years)
    return Term(starts_on, years)


def _package(told: Fields, where: str) -> PackageTerm:
    _known(told, ("package", "from", "years"), where)
    package = _choice(_required(told, "package", f"{where}."), f"{where}.package", Package)
    starts_on = _day(_required(told, "from", f"{where}."), f"{where}.from")
    years = _required(told, "years", f"{where}.")
    if type(years) is not int or years not in PACKAGE_YEARS:
        raise _expected(f"{where}.years", "1 or 3 (SUP-2)", years)
    return PackageTerm(starts_on, years, package)


def _exception(told: Fields, where: str) -> PatchException:
    _known(told, ("from", "until"), where)
    starts_on = _day(_required(told, "from", f"{where}."), f"{where}.from")
    last_day = _day(_required(told, "until", f"{where}."), f"{where}.until")
    if last_day < starts_on:
        raise _expected(f"{where}.until", "a day not before its from", told["until"])
    return PatchException(starts_on, last_day)


def _items(facts: Fields, name: str, item: Callable[[Fields, str], ItemT]) -> tuple[ItemT, ...]:
    told = facts.get(name, [])
    if not isinstance(told, list):
        raise _expected(f"facts.{name}", "a list", told)
    if len(told) > MAX_ITEMS:
        raise InvalidInput(f"facts.{name}", f"expected at most {MAX_ITEMS} items, got {len(told)}")
    found = []
    for index, entry in enumerate(told):
        where = f"facts.{name}[{index}]"
        if not isinstance(entry, dict):
            raise _expected(where, "an object", entry)
        found.append(item(entry, where))
    return tuple(found)


def _required(told: Fields, name: str, inside: str = "") -> Any:
    if name not in told:
        near = difflib.get_close_matches(name, [key for key in told if key not in FACTS], n=1)
        hint = f"; is {_shown(near[0])} meant for it?" if near else ""
        raise InvalidInput(f"{inside}{name}", f"expected, but missing{hint}")
    return told[name]


def _known(told: Fields, names: Iterable[str], where: str) -> None:
    allowed = tuple(names)
    for key in told:
        if key not in allowed:
            raise InvalidInput(
                f"{where}.{_shortened(key)}",
                f"is not known; expected one of {', '.join(allowed)}{_hint(key, allowed)}",
            )


def _hint(told: object, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(told, names, n=1) if isinstance(told, str) else []
    return f"; did you mean {near[0]!r}?" if near else ""


def _choice(value: object, where: str, kind: type[EnumT]) -> EnumT:
    try:
        return kind(value)  # type: ignore[arg-type]  # whatever it is: what is no value raises
    except ValueError:
        names = [member.value for member in kind]
        expected = f"expected one of {', '.join(names)}, got {_shown(value)}{_hint(value, names)}"
        raise InvalidInput(where, expected) from None


def _flag(facts: Fields, name: str, default: bool = False) -> bool:
    value = facts.get(name, default)
    if not isinstance(value, bool):
        raise _expected(f"facts.{name}", "true or false", value)
    return value


def _day_or_none(facts: Fields, name: str) -> date | None:
    value = facts.get(name)
    return None if value is None else _day(value, f"facts.{name}", "a day such as 2026-03-02, or null")


def _day(value: object, where: str, what: str = "a day such as 2026-03-02") -> date:
    if not isinstance(value, str) or not _DAY.match(value):
        raise _expected(where, what, value)
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise _expected(where, what, value) from error
    _in_years(day.year, where)
    return day


def _moment(value: object, where: str) -> datetime:
    what = "a date and time with an offset such as 2026-03-02T10:00:00+03:00"
    if not isinstance(value, str) or len(value) > 40:
        raise _expected(where, what, value)
    # ISO 8601 lets 24:00 end a day; Python learned it in 3.13.
    text, late = _MIDNIGHT.subn(r"\g<1>00\2\3", value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _expected(where, what, value) from error
    if moment.tzinfo is None:
        raise _expected(where, what, value)
    _in_years(moment.year, where)
    return moment + timedelta(days=late)


def _in_years(year: int, where: str) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput(where, f"expected a year from {FIRST_YEAR} to {LAST_YEAR}, got {year}")


def _expected(where: str, what: str, value: object) -> InvalidInput:
    return InvalidInput(where, f"expected {what}, got {_shown(value)}")


def _shown(value: object) -> str:
    """A value of JSON in an error: as JSON writes it, and short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return repr(_shortened(value)) if isinstance(value, str) else _shortened(str(value))


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
