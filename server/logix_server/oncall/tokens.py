"""What a link in a page carries: which try it is, and a signature; worth nothing once the page has ended."""

from __future__ import annotations

import base64
import re
from typing import Final

from django.utils.crypto import constant_time_compare, salted_hmac

_SALT: Final = "logix_server.oncall.page"
_MAC_BYTES: Final = 16
_TOKEN: Final = re.compile(r"([0-9a-z]{1,13})\.([A-Za-z0-9_-]{22})\Z")


def token_of(try_id: int) -> str:
    """The token of a try; short, since it travels in text messages."""
    return f"{_base36(try_id)}.{_mac(try_id)}"


def try_of(token: str) -> int | None:
    """The try that a token is of; None for one that we did not sign."""
    found = _TOKEN.match(token)
    if found is None:
        return None
    try_id = int(found[1], 36)
    # The whole of it, so that there is one way to write a token.
    return try_id if try_id < 2**63 and constant_time_compare(token, token_of(try_id)) else None


def _mac(try_id: int) -> str:
    digest = salted_hmac(_SALT, str(try_id), algorithm="sha256").digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
