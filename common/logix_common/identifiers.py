"""Names that both ends must build and read alike."""

from __future__ import annotations

import os
import re
from typing import Final

PROTOCOL_MIN: Final = 1
PROTOCOL_MAX: Final = 1

_DEVICE_ID = re.compile(r"[0-9a-f]{32}\Z")
_TRUST_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?\Z")
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}\Z")


def new_device_id() -> str:
    """A fresh opaque device id: 32 hexadecimal digits, no meaning in them."""
    return os.urandom(16).hex()


def is_device_id(text: str) -> bool:
    """Whether `text` has the form of a device id."""
    return _DEVICE_ID.match(text) is not None


def is_trust_domain(text: str) -> bool:
    """Whether `text` may be the trust domain of a SPIFFE id (SPIFFE-ID section 2.1)."""
    return _TRUST_DOMAIN.match(text) is not None


def is_serial(text: str) -> bool:
    """Whether `text` may be a unit's serial number."""
    return _SERIAL.match(text) is not None


def device_uri(trust_domain: str, device_id: str) -> str:
    """The SAN URI of a device certificate."""
    return f"spiffe://{trust_domain}/device/{device_id}"


def device_id_of(uri: str, trust_domain: str) -> str | None:
    """The device id in a SAN URI of our trust domain, or None when the URI is anything else."""
    prefix = f"spiffe://{trust_domain}/device/"
    if not uri.startswith(prefix):
        return None
    device_id = uri[len(prefix) :]
    return device_id if is_device_id(device_id) else None


def renewal_proof_input(certificate_der: bytes, csr_der: bytes) -> bytes:
    """What the old key signs to renew an expired certificate: bound to both, usable for nothing else."""
    import hashlib  # brings OpenSSL's digests: half a megabyte for an agent that needs this once in years

    return (
        b"logix renew expired v1\0"
        + hashlib.sha256(certificate_der).digest()
        + hashlib.sha256(csr_der).digest()
    )
