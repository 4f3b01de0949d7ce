"""`logix-server device register`: the one command on devices that needs the contract slice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from logix_server import console
from logix_server.contracts.registration import Registration, register_device
from logix_server.fleet.cli import bundle_option, device, give_bundle

__all__ = ["device"]


@device.command("register")
@click.argument("serial")
@click.option("--customer", required=True, help="Name of the customer.")
@click.option("--model", required=True, help="Product model.")
@click.option(
    "--purchased",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Day of purchase, YYYY-MM-DD; left out for a replacement unit at an installation.",
)
@click.option("--hardware", type=click.Choice(["logix", "customer"]), required=True, help="Whose hardware.")
@click.option("--installation", default="", help="Name of the place; default: the serial.")
@bundle_option
def register(
    *,
    serial: str,
    customer: str,
    model: str,
    purchased: datetime | None,
    hardware: str,
    installation: str,
    bundle_out: Path | None,
) -> None:
    """Register an appliance and print its one-time enrolment bundle (JSON), good for 24 hours."""
    told = Registration(
        serial=serial,
        model=model,
        customer=customer,
        purchased_on=purchased.date() if purchased else None,
        hardware=hardware,
        installation=installation,
    )
    _, bundle = register_device(told, console.operator(), console.now())
    give_bundle(bundle, bundle_out)
