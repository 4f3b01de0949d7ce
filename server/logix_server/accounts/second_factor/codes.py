"""Codes of the second factor (RFC 6238: SHA-1, 6 digits, 30 s). Pure."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final

import pyotp

SECONDS: Final = 30
#: RFC 6238, 5.2: clocks differ, and a code is typed late.
DRIFT: Final = 1
ISSUER: Final = "Logix Support"


def step_of(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The step whose code this is; None for a wrong one and for one not newer than step `after`.

    Whoever stores the step has seen to it that the code is good once (RFC 6238, 5.2).
    """
    present = int(now.timestamp()) // SECONDS
    generator = pyotp.TOTP(secret)
    found: int | None = None
    for step in range(present - DRIFT, present + DRIFT + 1):  # all of them, whichever fits
        if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()) and step > after:
            found = step
    return found


def address(secret: str, name: str) -> str:
    """What an authenticator reads from the picture: an otpauth:// address."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def plain(code: str) -> str:
    """A code as typed, without what people put between: "123 456", "abcd-efgh"."""
    return "".join(code.split()).replace("-", "").upper()
