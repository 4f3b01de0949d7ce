"""What a setting may hold. Pure: `config` reads the file, and is the only one to."""

from __future__ import annotations

import ipaddress
import re

from logix_common.errors import InvalidInput
from logix_common.identifiers import is_trust_domain

from logix_server import escalation_rules, request_templates
from logix_server.weekly_hours import minute_of_day, week_of

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?\Z")
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,40}@[A-Za-z0-9.-]{1,200}\Z")
_OUR_ADDRESSES = ("mail_address", "smtp_sender", "mail_new_tickets_to")
_ONE_OF = {
    "smtp_security": ("starttls", "tls", "none"),
    "imap_security": ("starttls", "tls", "none"),
    "mail_listener": ("off", "lmtp", "smtp"),
}


def checked(where: str, key: str, value: object, kind: str) -> object:
    """The value of the setting `key`, whose type is written `kind`; `where` is said in complaints.

    Raises `InvalidInput` that says what was expected.
    """
    if kind == "tuple[int, ...]":
        return _days_ahead(where, value)
    if kind == "tuple[str, ...]":
        return _escalation_steps(where, value)
    if kind == "float" and type(value) is int:
        value = float(value)
    if type(value).__name__ != kind:
        raise InvalidInput(where, f"expected {kind}, got {value!r}")
    if key.endswith("_port") and not (isinstance(value, int) and 0 <= value <= 65_535):
        raise InvalidInput(where, f"expected a port from 0 to 65535, got {value!r}")
    if isinstance(value, int | float) and value < 0:
        raise InvalidInput(where, f"expected a number that is not negative, got {value!r}")
    if key == "trust_domain" and not (isinstance(value, str) and is_trust_domain(value)):
        raise InvalidInput(where, f"expected a trust domain such as logix.example, got {value!r}")
    if key in ("web_origin", "web_proxy") and value:
        _check_web(where, key, str(value))
    if key in _ONE_OF and value not in _ONE_OF[key]:
        raise InvalidInput(where, f"expected one of {', '.join(_ONE_OF[key])}, got {value!r}")
    if key in _OUR_ADDRESSES and value and not _MAIL_ADDRESS.match(str(value)):
        raise InvalidInput(where, f"expected an address such as support@example.com, got {value!r}")
    if key in ("office_hours", "half_day_ends"):
        _check_office_hours(where, key, str(value))
    if key.startswith("page_"):
        _check_page_setting(where, key, value)
    return value


def _check_web(where: str, key: str, value: str) -> None:
    if key == "web_origin" and not _ORIGIN.match(value):
        raise InvalidInput(where, f"expected an origin such as https://support.example.com, got {value!r}")
    if key == "web_proxy":
        try:
            ipaddress.ip_address(value)
        except ValueError as error:
            raise InvalidInput(where, f"expected an IP address such as 127.0.0.1, got {value!r}") from error


def _check_page_setting(where: str, key: str, value: object) -> None:
    if isinstance(value, int) and not 1 <= value <= 60:
        raise InvalidInput(where, f"expected a number from 1 to 60, got {value!r}")
    try:
        request_templates.check_setting(key, str(value))
    except ValueError as error:
        raise InvalidInput(where, str(error)) from error


def _escalation_steps(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(step, str) for step in value):
        raise InvalidInput(
            where, f'expected a list such as ["profesyonel 1 80% manager page"], got {value!r}'
        )
    try:
        escalation_rules.rules_of(value)
    except ValueError as error:
        raise InvalidInput(where, str(error)) from error
    return tuple(value)


def _check_office_hours(where: str, key: str, value: str) -> None:
    try:
        week_of(value) if key == "office_hours" else minute_of_day(value)
    except ValueError as error:
        raise InvalidInput(where, str(error)) from error


def _days_ahead(where: str, value: object) -> tuple[int, ...]:
    expected = f"expected up to 10 different days from 0 to 3650, got {value!r}"
    if not isinstance(value, list) or len(value) > 10:
        raise InvalidInput(where, expected)
    if not all(type(day) is int and 0 <= day <= 3_650 for day in value) or len(set(value)) < len(value):
        raise InvalidInput(where, expected)
    return tuple(sorted(value, reverse=True))
