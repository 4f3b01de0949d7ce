"""Signatures of what goes to a webhook and comes back: HMAC-SHA256 over purpose, time and body. Pure."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Final

TIMESTAMP_HEADER: Final = "X-Logix-Timestamp"
SIGNATURE_HEADER: Final = "X-Logix-Signature"
#: What a signature is for: one of a call can never be sent back as an acknowledgement.
CALL: Final = "page"
REPLY: Final = "reply"
#: An acknowledgement that is older, or from so far ahead, is refused.
TOLERATED_SECONDS: Final = 300
LEAST_SECRET_BYTES: Final = 32


def signature(secret: bytes, purpose: str, timestamp: str, body: bytes) -> str:
    """ "v1=" and the hexadecimal HMAC-SHA256 of "PURPOSE.TIMESTAMP." and the body's bytes."""
    signed = f"{purpose}.{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()


def timestamp_of(now: datetime) -> str:
    """Whole seconds since 1970, as they are signed."""
    return str(int(now.timestamp()))


def verified(secret: bytes, purpose: str, body: bytes, *, timestamp: str, given: str, now: datetime) -> bool:
    """Whether `given` signs `body` for `purpose` now, give or take the tolerated seconds."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(int(timestamp) - int(now.timestamp())) > TOLERATED_SECONDS:
        return False
    expected = signature(secret, purpose, timestamp, body)
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
