"""The command `logix-server`: each slice brings its group; nothing is imported before it is asked for."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

import click
from logix_common.errors import LogixError

from logix_server.console import Group

#: Command -> where it lives. `init` sets Django up itself, once there is something to set up with.
COMMANDS: Final = {
    "init": "logix_server.initialise:init",
    "up": "logix_server.main:up",
    "gateway": "logix_server.main:gateway",
    "web": "logix_server.main:web",
    "jobs": "logix_server.main:jobs",
    "customer": "logix_server.accounts.cli:customer",
    "person": "logix_server.accounts.people_cli:person",
    "device": "logix_server.tickets.commands.explain:device",
    "modules": "logix_server.modules.cli:modules",
    "incident": "logix_server.fleet.cli:incident",
    "pki": "logix_server.fleet.rotation_cli:pki",
    "contract": "logix_server.contracts.cli:contract",
    "expiring": "logix_server.contracts.expiring_cli:expiring",
    "closure": "logix_server.contracts.working_time.closure_cli:closure",
    "terms": "logix_server.tickets.commands.terms:terms",
    "import": "logix_server.contracts.imports.cli:import_",
    "fault": "logix_server.health.mute_cli:fault",
    "ticket": "logix_server.tickets.cli:ticket",
    "replacement": "logix_server.replacements.cli:replacement",
    "visit": "logix_server.visits.cli:visit",
    "agreement": "logix_server.visits.cli:agreement",
    "article": "logix_server.knowledge.cli:article",
    "rota": "logix_server.tickets.escalation.rota_cli:rota",
    "page": "logix_server.oncall.page_cli:page",
    "effects": "logix_server.effects.cli:effects",
    "audit": "logix_server.audit.cli:audit",
    "mail": "logix_server.mail_role:mail",
    "migrate": "logix_server.initialise:migrate",
}
#: Commands that set Django up themselves, or must not before they fork.
WITHOUT_DJANGO: Final = frozenset({"init", "up"})


class Commands(Group):
    """Loads a command's module when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  as above
        where = COMMANDS.get(cmd_name)
        if where is None:
            return None
        if cmd_name not in WITHOUT_DJANGO:
            set_up_django()
        module, name = where.split(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            return None
        return command


def set_up_django() -> None:
    """Make models usable in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logix_server.settings")
    import django

    django.setup()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="logix-support")
def cli() -> None:
    """Field support for Logix appliances: the vendor's server."""


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        cli(prog_name="logix-server")
    except LogixError as error:  # a configuration that cannot be read, before any command runs
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
