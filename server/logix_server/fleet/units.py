"""Units and installations: registered, revoked, decommissioned, conflicts resolved, tokens made."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from logix_common.errors import IllegalTransition, InvalidInput
from logix_common.identifiers import is_serial, new_device_id

from logix_server.accounts.models import Organisation
from logix_server.audit.actions import record
from logix_server.config import current
from logix_server.fleet import doorbell
from logix_server.fleet.lifecycle import UNIT, UnitState
from logix_server.fleet.models import Installation, Unit
from logix_server.pki import actions as pki
from logix_server.pki.lifecycle import USABLE
from logix_server.pki.models import Certificate, EnrolmentToken
from logix_server.pki.queries import newest_bundle

TOKEN_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True)
class NewToken:
    """A fresh one-time token; the only place where it is in the clear."""

    token: str
    expires_at: datetime


def open_installation(customer: Organisation, name: str, by: str, now: datetime) -> tuple[Installation, bool]:
    """The installation of that name at a customer, made where there was none (True)."""
    if customer.kind != Organisation.Kind.CUSTOMER:
        raise InvalidInput("customer", f"{customer.name} is a {customer.kind}, not a customer")
    if not name.strip() or len(name) > 200:
        raise InvalidInput("installation", "expected a name of 1 to 200 characters")
    with transaction.atomic():
        installation, new = Installation.objects.get_or_create(
            customer=customer, name=name.strip(), defaults={"created_at": now}
        )
        if new:
            named = {"name": str(installation)}
            record(now, by, "installation.open", f"installation:{installation.pk}", named)
        return installation, new


def register_unit(serial: str, model: str, installation: Installation, by: str, now: datetime) -> Unit:
    """A new unit at `installation`. Raises `InvalidInput` where the serial is taken."""
    if not is_serial(serial):
        raise InvalidInput("serial", "expected 1 to 64 letters, digits or . _ / -, first a letter or digit")
    if not model.strip() or len(model) > 100:
        raise InvalidInput("model", "expected a name of 1 to 100 characters")
    with transaction.atomic():
        if Unit.objects.filter(serial=serial).exists():
            raise InvalidInput("serial", f"{serial} is registered already; see `device show {serial}`")
        unit = Unit.objects.create(
            device_id=new_device_id(),
            serial=serial,
            model=model.strip(),
            installation=installation,
            state=Unit.State.REGISTERED,
            state_at=now,
            registered_at=now,
        )
        detail = {"device_id": unit.device_id, "model": unit.model, "installation": str(installation)}
        record(now, by, "unit.register", f"unit:{serial}", detail)
        return unit


def _locked(unit: Unit) -> Unit:
    return Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)


def _move(unit: Unit, state: UnitState, reason: str, now: datetime) -> None:
    try:
        unit.state = UNIT.check(UnitState(unit.state), state).value
    except IllegalTransition as error:
        raise InvalidInput("device", f"{unit.serial} is {unit.state}; {error}") from error
    unit.state_at, unit.state_reason = now, reason[:200]
    unit.save(update_fields=["state", "state_at", "state_reason"])


def create_token(unit: Unit, by: str, now: datetime, *, reinstate: bool = False) -> NewToken:
    """A one-time token for `unit`, 24 h; older unused ones are withdrawn.

    Raises `InvalidInput` for a unit that may not enrol: in conflict (resolve it first), decommissioned,
    or revoked without `reinstate`.
    """
    with transaction.atomic():
        unit = _locked(unit)
        if unit.state == UnitState.REVOKED and reinstate:
            _move(unit, UnitState.REGISTERED, "reinstated", now)
            record(now, by, "unit.reinstate", f"unit:{unit.serial}")
        if unit.state not in (UnitState.REGISTERED, UnitState.ACTIVE):
            advice = {
                UnitState.CONFLICT: "decide with `device resolve`",
                UnitState.REVOKED: "take it back with `device token --reinstate`",
            }.get(UnitState(unit.state), "register another unit")
            raise InvalidInput("device", f"{unit.serial} is {unit.state}: {advice}")
        withdrawn = pki.withdraw_tokens(unit.device_id, now)
        token = secrets.token_urlsafe(32)
        row = EnrolmentToken.objects.create(
            token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            device_id=unit.device_id,
            created_at=now,
            expires_at=now + TOKEN_LIFE,
        )
        record(now, by, "token.create", f"unit:{unit.serial}", {"withdrawn": withdrawn})
        return NewToken(token, row.expires_at)


def _close(unit: Unit, state: UnitState, *, action: str, reason: str, by: str, now: datetime) -> None:
    with transaction.atomic():
        locked = _locked(unit)
        _move(locked, state, reason, now)
        revoked = pki.revoke_all(locked.device_id, reason[:200], now)
        pki.withdraw_tokens(locked.device_id, now)
        detail = {"reason": reason, "certificates": revoked}
        record(now, by, action, f"unit:{locked.serial}", detail)
        doorbell.ring()


def revoke(unit: Unit, reason: str, by: str, now: datetime) -> None:
    """Close `unit` out: every certificate revoked, tokens withdrawn, live streams end within seconds."""
    _close(unit, UnitState.REVOKED, action="unit.revoke", reason=reason, by=by, now=now)


def decommission(unit: Unit, reason: str, by: str, now: datetime) -> None:
    """Take `unit` out of service for good; its installation is free for another unit."""
    _close(unit, UnitState.DECOMMISSIONED, action="unit.decommission", reason=reason, by=by, now=now)


def resolve_conflict(unit: Unit, by: str, now: datetime, *, keep_current: bool) -> NewToken | None:
    """End an identity conflict. Raises `InvalidInput` where there is none.

    `keep_current`: the newest certificate holds again (the copy was found and ended). Else all are
    revoked and the returned token lets the true unit enrol anew.
    """
    with transaction.atomic():
        locked = _locked(unit)
        if locked.state != UnitState.CONFLICT:
            raise InvalidInput("device", f"{locked.serial} is {locked.state}, not in conflict")
        choice = "keep-current" if keep_current else "re-enrol"
        record(now, by, "unit.resolve", f"unit:{locked.serial}", {"choice": choice})
        doorbell.ring()
        if keep_current:
            if not Certificate.objects.filter(device_id=locked.device_id, state__in=USABLE).exists():
                raise InvalidInput("device", f"{locked.serial} has no certificate to keep; use --re-enrol")
            _move(locked, UnitState.ACTIVE, "conflict resolved: current certificate kept", now)
            return None
        pki.revoke_all(locked.device_id, "identity conflict: enrols anew", now)
        _move(locked, UnitState.REGISTERED, "conflict resolved: enrols anew", now)
        return create_token(locked, by, now)


def enrolment_bundle(unit: Unit, token: NewToken) -> dict[str, Any]:
    """What is handed to the appliance once, as plain JSON (the agent's `enrol --bundle`)."""
    config = current()
    trust = newest_bundle()
    return {
        "format": 1,
        "token": token.token,
        "serial": unit.serial,
        "device_id": unit.device_id,
        "trust_domain": config.trust_domain,
        "trust_version": trust.version,
        "ca_pem": trust.ca_pem.decode("ascii"),
        "statement_keys": trust.statement_keys_pem.decode("ascii"),
        "server": {
            "host": config.public_host,
            "gateway_port": config.gateway_port,
            "enrolment_port": config.enrolment_port,
        },
    }
