"""Certificate profiles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DevicePeer:
    """Who presents a device certificate."""

    device_id: str
    certificate_serial: str  # 32 lower-case hexadecimal digits


def read_device_certificate(pem: bytes, trust_domain: str) -> DevicePeer:
    """The identity in a certificate that TLS has verified. Raises `InvalidInput`."""
    raise NotImplementedError
