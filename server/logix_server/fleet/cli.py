"""`logix-server device` and `incident`: units, their tokens and identity, orders."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from logix_server import console
from logix_server.fleet import actions, queries
from logix_server.fleet.models import Incident, Order, Presence, Unit, Watching
from logix_server.fleet.units import enrolment_bundle
from logix_server.pki.store import write_private_file

bundle_option = click.option(
    "--bundle-out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Write the bundle to this file (mode 0600) instead of printing it.",
)
reason_option = click.option("--reason", default="", help="Why; kept in the audit.")


def give_bundle(bundle: Mapping[str, Any], out: Path | None) -> None:
    """Print the bundle, or write it where only its owner may read it: the token is a secret."""
    if out is None:
        console.print_json(bundle)
        return
    import json

    text = json.dumps(bundle, indent=2) + "\n"
    try:
        write_private_file(out.absolute(), text.encode())
    except OSError as error:
        where = out.parent if not os.access(out.parent, os.W_OK) else out
        raise click.ClickException(
            f"{where} cannot be written ({error.strerror}); make a new token with `device token`"
        ) from error
    click.echo(f"wrote {out}; the token in it holds for 24 hours and once", err=True)


@click.group(cls=console.Group)
def device() -> None:
    """Units: register, enrol, revoke, replace."""


#: What slices above show of a unit in `device show`; they add to it where they add their own commands.
SHOWN_BESIDE: list[Callable[[Unit], Mapping[str, Any]]] = []


def _presence(unit: Unit) -> Presence | None:
    return getattr(unit, "presence", None)


def _link(unit: Unit) -> str:
    presence = _presence(unit)
    if unit.state != Unit.State.ACTIVE or presence is None:
        return "-"
    if presence.silent_since is not None:
        return "silent"
    return "connected" if presence.disconnected_at is None else "away"


def _row(unit: Unit) -> dict[str, Any]:
    presence = _presence(unit)
    return {
        "serial": unit.serial,
        "customer": unit.installation.customer.name,
        "installation": unit.installation.name,
        "model": unit.model,
        "state": unit.state,
        "link": _link(unit),
        "last_seen_at": presence.last_seen_at if presence else None,
        "agent_version": presence.agent_version if presence else None,
        "device_id": unit.device_id,
    }


@device.command("list")
@click.option("--customer", default="", help="Only this customer's.")
@click.option("--state", type=click.Choice(Unit.State.values), default=None, help="Only these.")
@click.option("--silent", is_flag=True, help="Only units in service that are not heard.")
@console.page_options
@console.json_option
def list_(*, customer: str, state: str | None, silent: bool, limit: int, offset: int, as_json: bool) -> None:
    """List units by serial."""
    units = queries.list_units(
        customer=customer, state=state or "", silent=silent, limit=limit, offset=offset
    )
    columns = ("serial", "customer", "installation", "model", "state", "link", "last_seen_at")
    console.print_rows([_row(unit) for unit in units], as_json, columns)


@device.command("show")
@click.argument("serial")
@console.json_option
def show(serial: str, as_json: bool) -> None:
    """Show one unit: link, certificates, orders, newest inventory."""
    unit = queries.unit_by_serial(serial)
    inventory, watching = queries.newest_inventory(unit), queries.watching_of(unit)
    presence = _presence(unit)
    whole = _row(unit) | {
        "state_at": unit.state_at,
        "state_reason": unit.state_reason,
        "registered_at": unit.registered_at,
        "token_holds_until": queries.token_expiry(unit, console.now()),
        "connected_at": presence.connected_at if presence else None,
        "silent_since": presence.silent_since if presence else None,
        "clock_skew_seconds": presence.skew_us / 1_000_000 if presence else None,
        "trust_version": presence.trust_version if presence else None,
        "product_version": inventory.product_version if inventory else None,
        "patch_level": inventory.patch_level if inventory else None,
        "own_maintenance": _own_maintenance(watching),
        **{key: value for shown in SHOWN_BESIDE for key, value in shown(unit).items()},
        "cannot_tell": watching.cannot_tell if watching else [],
        "certificates": [
            {
                "serial_number": certificate.serial_number,
                "state": certificate.state,
                "state_at": certificate.state_at,
                "not_after": certificate.not_after,
                "generation": certificate.generation,
                "reason": certificate.state_reason,
            }
            for certificate in queries.certificates_of(unit)
        ],
        "orders": [_order(order) for order in queries.orders_of(unit)],
    }
    if as_json:
        whole["inventory"] = inventory.content if inventory else None
    console.print_record(whole, as_json)


def _own_maintenance(watching: Watching | None) -> dict[str, Any] | None:
    """The window that the appliance is in by its own word; one that should be over is not believed."""
    if watching is None or watching.maintenance is None:
        return None
    told = watching.maintenance
    since, until = (datetime.fromisoformat(told[key]) for key in ("since", "until"))
    return (
        {"until": until, "since": since, "by": told["by"], "why": told["why"]}
        if until > console.now()
        else None
    )


def _order(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "kind": order.kind,
        "state": order.state,
        "created_at": order.created_at,
        "created_by": order.created_by,
        "attempts": order.attempts,
        "detail": order.detail,
    }


@device.command("token")
@click.argument("serial")
@click.option("--reinstate", is_flag=True, help="Take a revoked unit back.")
@bundle_option
def token(serial: str, reinstate: bool, bundle_out: Path | None) -> None:
    """Make a new one-time bundle (re-enrolment after a reimage); older unused ones are withdrawn."""
    unit = queries.unit_by_serial(serial)
    new = actions.create_token(unit, console.operator(), console.now(), reinstate=reinstate)
    give_bundle(enrolment_bundle(unit, new), bundle_out)


@device.command("revoke")
@click.argument("serial")
@reason_option
def revoke(serial: str, reason: str) -> None:
    """Revoke every certificate of a unit; its live stream ends within seconds."""
    unit = queries.unit_by_serial(serial)
    actions.revoke(unit, reason or "revoked by an operator", console.operator(), console.now())
    click.echo(f"{serial} is revoked")


@device.command("decommission")
@click.argument("serial")
@reason_option
def decommission(serial: str, reason: str) -> None:
    """Take a unit out of service for good; its installation is free for a replacement."""
    unit = queries.unit_by_serial(serial)
    actions.decommission(unit, reason or "decommissioned", console.operator(), console.now())
    click.echo(f"{serial} is decommissioned")


@device.command("resolve")
@click.argument("serial")
@click.option("--keep-current", "choice", flag_value="keep", help="The copy is found and ended.")
@click.option("--re-enrol", "choice", flag_value="enrol", help="Revoke all; the true unit enrols anew.")
@bundle_option
def resolve(serial: str, choice: str | None, bundle_out: Path | None) -> None:
    """Decide an identity conflict (two live streams of one unit)."""
    if choice is None:
        raise click.UsageError("choose --keep-current or --re-enrol")
    unit = queries.unit_by_serial(serial)
    keep = choice == "keep"
    new = actions.resolve_conflict(unit, console.operator(), console.now(), keep_current=keep)
    if new is None:
        click.echo(f"{serial} may connect again with its current certificate")
    else:
        give_bundle(enrolment_bundle(unit, new), bundle_out)


@device.command("refresh")
@click.argument("serial")
@click.option("--renew", is_flag=True, help="Order a new certificate instead of the full state.")
@console.json_option
def refresh(serial: str, renew: bool, as_json: bool) -> None:
    """Order a unit to report its full state."""
    unit = queries.unit_by_serial(serial)
    kind = Order.Kind.RENEW_CERTIFICATE if renew else Order.Kind.REPORT_FULL_STATE
    order = actions.give_order(unit, kind, console.operator(), console.now())
    console.print_record(_order(order), as_json)


@click.group(cls=console.Group)
def incident() -> None:
    """Incidents of our own: many units silent at once."""


@incident.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only those that stand.")
@console.page_options
@console.json_option
def incidents(open_only: bool, limit: int, offset: int, as_json: bool) -> None:
    """List incidents, newest first."""
    rows = queries.incidents(open_only=open_only, limit=limit, offset=offset)
    console.print_rows([_incident(row) for row in rows], as_json)


def _incident(row: Incident) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "units": len(row.detail.get("unit_ids", ())),
    }


@incident.command("close")
@click.argument("incident_id", type=int)
def close(incident_id: int) -> None:
    """End an incident; units that are still silent are judged on their own again."""
    actions.close_incident(incident_id, console.operator(), console.now())
    click.echo(f"incident {incident_id} is closed")
