"""`logix-server init`: make the data directory, the authority, the database and the administrator.

The marker `.init-incomplete` stands in the directory from the first step to the last. A directory
that holds anything without it is left alone; with it, an earlier `init` was cut short and the same
steps run again, each finding what the former has left.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import click
from logix_common.errors import InvalidInput
from logix_common.identifiers import is_trust_domain

from logix_server import console
from logix_server.config import ServerConfig, current, load
from logix_server.pki.store import make_private_directory, write_private_file

MARKER: Final = ".init-incomplete"
HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z|[0-9a-fA-F:.]+\Z")


@dataclass(frozen=True)
class Answers:
    """What the operator chose."""

    settings: dict[str, Any]  # keys of server.toml
    admin: str
    password: str | None
    vendor: str
    admin_email: str = ""


def _toml(settings: dict[str, Any]) -> bytes:
    lines = ["# Settings of the Logix support server; every key and its default: docs/settings.md"]
    # Strings and whole numbers only, and those JSON writes as TOML does.
    lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    return ("\n".join(lines) + "\n").encode()


def begin(data: Path) -> IO[str]:
    """Take the directory for ourselves; the returned file holds the lock until it is closed.

    Raises `InvalidInput` for a directory that is initialised, holds something else, or in which
    another `init` is at work.
    """
    marker = data / MARKER
    if not marker.exists() and data.exists() and (not data.is_dir() or any(data.iterdir())):
        what = "is initialised already" if (data / "server.toml").exists() else "is not an empty directory"
        raise InvalidInput(str(data), f"{what}; nothing was changed (choose another with LOGIX_DATA)")
    try:
        make_private_directory(data)
        lock = marker.open("a", encoding="ascii")
    except OSError as error:
        raise InvalidInput(str(data), f"cannot be made ({error.strerror})") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise InvalidInput(str(data), "another `init` is at work here") from error
    return lock


def _write_files(config: ServerConfig, answers: Answers) -> None:
    write_private_file(config.data / "server.toml", _toml(answers.settings))
    if not config.secret_key_file.exists():
        write_private_file(config.secret_key_file, secrets.token_urlsafe(64).encode())


def _set_up_authority(config: ServerConfig) -> None:
    """Generation 1, or what an earlier try has committed, under the public host of this one."""
    from logix_server.pki import actions as pki
    from logix_server.pki.models import Authority

    row = Authority.objects.order_by("generation").first()
    if row is None:
        shutil.rmtree(config.pki, ignore_errors=True)
        shutil.rmtree(config.statement_keys, ignore_errors=True)
        pki.start_authority(console.now())
        return
    root = config.pki / f"generation-{row.generation}" / "root.pem"
    if not root.exists() or root.read_text(encoding="ascii") != row.root_pem:
        raise InvalidInput(
            "LOGIX_DATABASE_URL", "this database belongs to another data directory; nothing was changed in it"
        )
    pki.issue_server_certificate(row.generation)


def _set_up_database(config: ServerConfig, answers: Answers) -> str | None:
    """Migrate and fill the database. Returns the administrator's password where we made it up."""
    from django.core.management import call_command
    from django.db import connection

    from logix_server.accounts import actions as accounts
    from logix_server.audit.actions import record

    call_command("migrate", verbosity=0, interactive=False)
    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).chmod(0o600)
    _set_up_authority(config)
    by, now = console.operator(), console.now()
    made_up = None if answers.password else secrets.token_urlsafe(15)
    accounts.ensure_vendor(answers.vendor, by=by, now=now)
    password = answers.password or made_up or ""
    accounts.set_administrator(answers.admin, password, email=answers.admin_email, by=by, now=now)
    record(now, by, "server.init", "server", {"trust_domain": config.trust_domain})
    return made_up


def run(answers: Answers) -> dict[str, Any]:
    """Everything that `init` does; says what was made. Raises `InvalidInput`."""
    if "LOGIX_CONFIG" in os.environ:
        raise InvalidInput("LOGIX_CONFIG", "unset it: `init` writes server.toml into the data directory")
    data = load().data
    with begin(data):
        _write_files(load(), answers)
        config = current()  # from here on with the settings that were just written
        from logix_server.cli import set_up_django

        set_up_django()
        password = _set_up_database(config, answers)
        (data / MARKER).unlink()
    told = {"data": str(data), "trust_domain": config.trust_domain, "public_host": config.public_host}
    told["admin"] = answers.admin
    if password is not None:
        told["password"] = password
    return told


def _host(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not HOST.match(value) or len(value) > 253:
        raise click.BadParameter("expected a host name or an IP address", param=parameter)
    return value


def _trust_domain(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not is_trust_domain(value):
        raise click.BadParameter("expected a domain such as support.logix.example", param=parameter)
    return value


_PORT = click.IntRange(1, 65_535)


@click.command()
@click.option("--trust-domain", default="logix.example", callback=_trust_domain, show_default=True)
@click.option(
    "--public-host",
    default="localhost",
    callback=_host,
    show_default=True,
    help="Name or address by which appliances reach the server.",
)
@click.option("--bind", default="127.0.0.1", callback=_host, show_default=True, help="Address to listen on.")
@click.option("--gateway-port", type=_PORT, default=7443, show_default=True)
@click.option("--enrolment-port", type=_PORT, default=7444, show_default=True)
@click.option("--web-port", type=_PORT, default=8080, show_default=True)
@click.option("--metrics-port", type=_PORT, default=9464, show_default=True)
@click.option("--admin", default="admin", show_default=True, help="Name of the administrator.")
@click.option("--admin-email", default="", help="The administrator's mail address.")
@click.option("--vendor", default="Logix", show_default=True, help="Name of our own organisation.")
@click.option("--admin-password", envvar="LOGIX_ADMIN_PASSWORD", default=None, hidden=True)
@console.json_option
def init(
    *,
    admin: str,
    admin_email: str,
    vendor: str,
    admin_password: str | None,
    as_json: bool,
    **settings: str | int,
) -> None:
    """Make the data directory (LOGIX_DATA): settings, keys, certificates, database, administrator.

    The administrator's password is made up and printed once, or taken from LOGIX_ADMIN_PASSWORD.
    """
    made = run(Answers(dict(settings), admin, admin_password, vendor, admin_email))
    console.print_record(made, as_json)
    if "password" in made and not as_json:
        click.echo("\nThe password is shown this once; keep it.", err=True)


@click.command()
def migrate() -> None:
    """Bring the database up to this version (after an upgrade; safe to repeat)."""
    from django.core.management import call_command

    call_command("migrate", verbosity=1, interactive=False)
