"""Units and installations: registered, revoked, decommissioned, conflicts resolved, tokens made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logix_server.accounts.models import Organisation
from logix_server.fleet.models import Installation, Unit


@dataclass(frozen=True)
class NewToken:
    """A fresh one-time token; the only place where it is in the clear."""

    token: str
    expires_at: datetime


def open_installation(customer: Organisation, name: str, now: datetime) -> tuple[Installation, bool]:
    """The installation of that name, made where there was none (True)."""
    raise NotImplementedError


def register_unit(serial: str, model: str, installation: Installation, by: str, now: datetime) -> Unit:
    """A new unit at `installation`. Raises `InvalidInput`, `Refused`."""
    raise NotImplementedError


def create_token(unit: Unit, by: str, now: datetime, *, reinstate: bool = False) -> NewToken:
    """A one-time token for `unit`, 24 h; older unused ones are withdrawn. Raises `InvalidInput`."""
    raise NotImplementedError


def revoke(unit: Unit, reason: str, by: str, now: datetime) -> None:
    """Close `unit` out: every certificate revoked, tokens withdrawn, live streams end within seconds."""
    raise NotImplementedError


def decommission(unit: Unit, reason: str, by: str, now: datetime) -> None:
    """Take `unit` out of service for good."""
    raise NotImplementedError


def resolve_conflict(unit: Unit, by: str, now: datetime, *, keep_current: bool) -> NewToken | None:
    """End an identity conflict: keep the newest certificate, or revoke all and make a token."""
    raise NotImplementedError


def enrolment_bundle(unit: Unit, token: NewToken) -> dict[str, Any]:
    """What is handed to the appliance once, as plain JSON (the agent's `enrol --bundle`)."""
    raise NotImplementedError
