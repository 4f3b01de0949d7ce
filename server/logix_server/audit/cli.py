"""`logix-server audit`: list and verify."""

from __future__ import annotations

import click

from logix_server import console
from logix_server.audit import queries, sealing


@click.group(cls=console.Group)
def audit() -> None:
    """Who did what to what, when."""


@audit.command("list")
@click.option("--actor", default="", help="Only this actor's.")
@click.option("--action", default="", help="Only this action.")
@click.option("--subject", default="", help="Only on this subject.")
@console.page_options
@console.json_option
def list_(*, actor: str, action: str, subject: str, limit: int, offset: int, as_json: bool) -> None:
    """List records, newest first."""
    records = queries.list_records(actor=actor, action=action, subject=subject, limit=limit, offset=offset)
    rows = [
        {
            "id": record.pk,
            "at": record.at,
            "actor": record.actor,
            "action": record.action,
            "subject": record.subject,
            "detail": record.detail,
            "sealed": record.seal_id is not None,
        }
        for record in records
    ]
    console.print_rows(rows, as_json)


@audit.command("verify")
@click.option("--expect", default="", help="A digest that was noted earlier and must be in the chain.")
@click.option("--seal", is_flag=True, help="Seal what has settled first.")
@console.json_option
def verify(expect: str, seal: bool, as_json: bool) -> None:
    """Recompute the hash chain; exit 1 and the first bad record where it does not hold."""
    if seal:
        sealing.seal(console.now())
    found = sealing.verify(expect)
    told = {
        "sealed": found.sealed,
        "not_sealed_yet": found.unsealed,
        "head": found.head,
        "good": found.bad is None and found.expected_found is not False,
        "bad_seal": found.bad.seal_id if found.bad else None,
        "bad_record": found.bad.record_id if found.bad else None,
        "why": found.bad.why if found.bad else None,
    }
    if found.bad is None and found.expected_found is False:
        told["why"] = "the expected digest is not in the chain: records were cut off or changed"
    console.print_record(told, as_json)
    if not told["good"]:
        raise click.exceptions.Exit(1)
