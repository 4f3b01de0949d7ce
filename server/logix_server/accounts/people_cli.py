"""`logix-server person`: people, who they are, what they may, what is kept of them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.accounts import people, reading
from logix_server.accounts.access import operator
from logix_server.accounts.links import link_of
from logix_server.accounts.people import NewPerson
from logix_server.accounts.privacy import erasure, personal_data
from logix_server.accounts.privacy.personal_data import person_to_tell
from logix_server.accounts.queries import organisation_by_name
from logix_server.accounts.reading import PeopleFilter
from logix_server.accounts.rights import Role
from logix_server.accounts.second_factor import keeping
from logix_server.config import current

ROLES = click.Choice([role.value for role in Role])


@click.group(cls=console.Group)
def person() -> None:
    """People: of ours, of dealers, of customers."""


def _shown(email: str) -> dict[str, Any]:
    row = reading.person_of(operator(console.operator()), person_to_tell(email).mark, console.now())
    return {
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "language": row.language,
        "organisation": row.organisation,
        "role": row.role,
        "standing": row.standing,
        "second_factor": row.second_factor,
        "invited_until": row.invited_until,
        "mark": row.mark,
    }


@person.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--organisation", required=True, help="Name of the customer, dealer, or ours.")
@click.option("--role", type=ROLES, required=True)
@click.option("--phone", default="", help="With its country: +905321234567.")
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
@click.option("--invite", "invited", is_flag=True, help="Invite at once; prints the link, too.")
@console.json_option
def add(
    *,
    email: str,
    name: str,
    organisation: str,
    role: str,
    phone: str,
    language: str,
    invited: bool,
    as_json: bool,
) -> None:
    """Add a contact: known by mail address; with --invite one who will sign in."""
    by, now = console.operator(), console.now()
    place = organisation_by_name(organisation)
    added = people.add(NewPerson(place.pk, role, name, email, phone, language), by=by, now=now)
    link = {"link": link_of(people.invite(added.pk, by=by, now=now))} if invited else {}
    console.print_record(_shown(added.email) | link, as_json)


@person.command("invite")
@click.argument("email")
@console.json_option
def invite(email: str, as_json: bool) -> None:
    """Send a contact the link to a first password, and print it; links before it are good no more."""
    token = people.invite(person_to_tell(email).pk, by=console.operator(), now=console.now())
    console.print_record({"email": email, "link": link_of(token)}, as_json)


@person.command("list")
@click.option("--text", default="", help="Looked for in names and addresses.")
@click.option("--organisation", default="", help="Looked for in names of organisations.")
@click.option("--role", type=ROLES, default=None)
@console.page_options
@console.json_option
def list_(*, text: str, organisation: str, role: str | None, limit: int, offset: int, as_json: bool) -> None:
    """List people by name."""
    wanted = PeopleFilter(text, organisation, role or "")
    rows, _total = reading.people_of(
        operator(console.operator()), wanted, console.now(), limit=limit, offset=offset
    )
    told = [
        {
            "name": row.name,
            "email": row.email,
            "organisation": row.organisation,
            "role": row.role,
            "standing": row.standing,
            "second_factor": row.second_factor,
        }
        for row in rows
    ]
    console.print_rows(told, as_json)


@person.command("show")
@click.argument("email")
@console.json_option
def show(email: str, as_json: bool) -> None:
    """Show one person."""
    console.print_record(_shown(email), as_json)


@person.command("role")
@click.argument("email")
@click.argument("role", type=ROLES)
@console.json_option
def role(email: str, role: str, as_json: bool) -> None:
    """Give another role of the same organisation; sessions end."""
    people.set_role(person_to_tell(email).pk, role, by=console.operator(), now=console.now())
    console.print_record(_shown(email), as_json)


@person.command("deactivate")
@click.argument("email")
@console.json_option
def deactivate(email: str, as_json: bool) -> None:
    """Stop somebody: no sign-in, no known sender any more; sessions and links end."""
    people.deactivate(person_to_tell(email).pk, by=console.operator(), now=console.now())
    console.print_record(_shown(email), as_json)


@person.command("reactivate")
@click.argument("email")
@console.json_option
def reactivate(email: str, as_json: bool) -> None:
    """Let somebody in again."""
    people.reactivate(person_to_tell(email).pk, by=console.operator(), now=console.now())
    console.print_record(_shown(email), as_json)


@person.command("reset-second-factor")
@click.argument("email")
@click.option("--why", required=True, help="How it is known who asked.")
def reset_second_factor(email: str, why: str) -> None:
    """Take a lost second factor away; another is set up at the next sign-in. Sessions end."""
    found = person_to_tell(email)
    if found.user_id is None:
        raise InvalidInput("email", "this person cannot sign in yet")
    subject = people.subject_of(found)
    keeping.remove(found.user_id, subject=subject, by=console.operator(), why=why, now=console.now())


@person.command("export")
@click.argument("email")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file.")
def export(email: str, out: Path) -> None:
    """Write everything that is kept about a person, as JSON (KVKK, article 11)."""
    told = personal_data.export(email, by=console.operator(), now=console.now())
    text = json.dumps(told, default=_plain, ensure_ascii=False, indent=2)
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidInput(str(out), f"cannot be made ({error.strerror})") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


@person.command("erase")
@click.argument("email")
@click.option("--why", required=True, help="Who asked, when.")
@console.json_option
def erase(email: str, why: str, as_json: bool) -> None:
    """Remove name, address, phone and log-in for good (KVKK, article 7); histories stay, by a mark.

    Shows in which tables running words still say the address.
    """
    found = erasure.erase_by_mail(email, why=why, by=console.operator(), now=console.now())
    console.print_record({"erased": True, "still_said_in": found}, as_json)


@person.command("kept")
@console.json_option
def kept(as_json: bool) -> None:
    """What is kept of whom, what for and how long."""
    console.print_rows(personal_data.kept(current()), as_json)
