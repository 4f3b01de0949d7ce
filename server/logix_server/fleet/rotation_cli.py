"""`logix-server pki`: show the authority, replace it."""

from __future__ import annotations

import click

from logix_server import console
from logix_server.fleet import rotation, statement_rotation
from logix_server.pki import actions, queries
from logix_server.pki.models import Authority


@click.group(cls=console.Group)
def pki() -> None:
    """The internal certificate authority."""


@pki.command("show")
@console.json_option
def show(as_json: bool) -> None:
    """Show generations, the trust bundle and, in a rotation, which units are not ready."""
    authorities = [
        {
            "generation": authority.generation,
            "state": authority.state,
            "created_at": authority.created_at,
            "state_at": authority.state_at,
        }
        for authority in queries.authorities()
    ]
    states = {row["state"] for row in authorities}
    waiting = rotation.without_bundle() if Authority.State.NEXT in states else []
    if Authority.State.RETIRING in states:
        waiting = rotation.stragglers()
    told = {
        "trust_version": queries.trust_version(),
        "server_certificate_generation": queries.server_generation(),
        "generations": authorities,
        "statement_keys": [
            {"key_id": key.key_id, "since_version": key.since_version, "created_at": key.created_at}
            for key in queries.statement_keys_in_use()
        ],
        "not_ready": [{"serial": one.serial, "why": one.why} for one in waiting],
    }
    console.print_record(told, as_json)


@pki.command("rotate-begin")
def rotate_begin() -> None:
    """Step 1: make the next generation; appliances are sent a bundle with both roots."""
    version = rotation.rotate_begin(console.operator(), console.now())
    click.echo(f"trust bundle {version} holds both roots; once appliances have it: pki rotate-switch")


@pki.command("rotate-switch")
def rotate_switch() -> None:
    """Step 2: issue from the next generation; every unit in service is ordered to renew."""
    given = rotation.rotate_switch(console.operator(), console.now())
    click.echo(f"{given} units were ordered to renew; watch `pki show`, then: pki rotate-finish")


@pki.command("rotate-finish")
@click.option("--force", is_flag=True, help="Also with units that are not ready; they must enrol anew.")
def rotate_finish(force: bool) -> None:
    """Step 3: retire the old generation; the server shows its new certificate."""
    version = rotation.rotate_finish(console.operator(), console.now(), force=force)
    click.echo(f"trust bundle {version} holds the new root alone")


@pki.command("server-certificate")
def server_certificate() -> None:
    """Make the server certificate anew, after a change of public_host; running gateways take it up."""
    actions.replace_server_certificate(console.operator(), console.now())
    click.echo("the server certificate was made anew; running gateways take it up within seconds")


@pki.command("statement-key")
def statement_key() -> None:
    """Add a key that signs module statements; appliances are sent it in a new trust bundle."""
    key_id, version = statement_rotation.add_statement_key(console.operator(), console.now())
    click.echo(f"statement key {key_id} comes with trust bundle {version}")


@pki.command("statement-key-retire")
@click.argument("key_id")
@click.option("--force", is_flag=True, help="Also while appliances do not know the newest key yet.")
def statement_key_retire(key_id: str, force: bool) -> None:
    """Take a key for module statements out of the trust bundle; what it signed is issued anew."""
    version = statement_rotation.retire_statement_key(key_id, console.operator(), console.now(), force=force)
    click.echo(f"trust bundle {version} no longer holds the statement key {key_id}")
