"""Certificates for devices: by a one-time token, by the stream's own certificate, by an expired one."""

from __future__ import annotations

from datetime import datetime

from logix_server.fleet.facts import Issued


def enrol(token: str, serial: str, csr_der: bytes, agent_version: str, now: datetime) -> Issued:
    """Exchange a token for a certificate.

    Raises `InvalidInput` for a CSR that cannot be used, `Refused(ENROLMENT_REFUSED)` for everything else.
    """
    raise NotImplementedError


def renew(device_id: str, certificate_serial: str, csr_der: bytes, now: datetime) -> Issued:
    """A candidate certificate for a device on its stream. Raises `Refused`, `InvalidInput`."""
    raise NotImplementedError


def renew_expired(certificate_pem: bytes, csr_der: bytes, proof: bytes, now: datetime) -> Issued:
    """A certificate for a device whose own has expired. Raises `Refused`, `InvalidInput`."""
    raise NotImplementedError
