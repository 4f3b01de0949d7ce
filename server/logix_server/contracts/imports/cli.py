"""`logix-server import`: customers, installations, units and contracts from a CSV or XLSX file."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

import click
from rich.console import Console

from logix_server import console
from logix_server.accounts.bulk import is_mail
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.imports.actions import Source, apply_import, preview
from logix_server.contracts.imports.devices import gather
from logix_server.contracts.imports.reading import read_table
from logix_server.contracts.imports.rows import read_rows
from logix_server.contracts.imports.state import Change, Plan
from logix_server.contracts.imports.table import MAX_BYTES, Problem, Unreadable

#: Changes that people are shown; programs get them all.
SHOWN: Final = 50


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--apply/--dry-run", "applies", default=False, help="Write it; the default is a dry run.")
@click.option("--sheet", default="", help="Name of a workbook's sheet; default: the first.")
@click.option("--ignore-column", "ignored", multiple=True, metavar="HEADING", help="Pass over this column.")
@console.json_option
def import_(*, file: IO[bytes], applies: bool, sheet: str, ignored: tuple[str, ...], as_json: bool) -> None:
    """Import customers, installations, units and contracts from FILE (CSV or XLSX, - for standard input).

    A dry run says what would be created, changed and left as it is, and names every bad row. With --apply
    all of it is written, or nothing. Importing a file again changes nothing.
    """
    data, now = file.read(MAX_BYTES + 1), console.now()
    source = Source(_printable(Path(file.name).name), hashlib.sha256(data).hexdigest())
    with _telling() as tell:
        tell("reading")
        try:
            table = read_table(data, sheet)
        except Unreadable as error:
            _report(source, Plan(), [Problem(error.line, "", "", error.what)], as_json=as_json)
            sys.exit(1)
        source = replace(source, rows=len(table.rows))
        tell(f"checking {source.rows:,} rows")
        rows = read_rows(table, local_day(now), is_mail, ignored)
        said = gather(rows)
        if applies and not rows.problems:
            tell("writing")
            plan = apply_import(said, rows, source, now=now, actor=console.operator())
        else:
            tell("comparing with what is on record")
            plan = preview(said, rows, now)
    applied = applies and not rows.problems
    _report(source, plan, rows.problems, as_json=as_json, applied=applied)
    sys.exit(1 if rows.problems else 0)


@contextmanager
def _telling() -> Iterator[Callable[[str], None]]:
    """Say on a terminal's standard error what goes on; elsewhere nothing."""
    stderr = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda _what: None
        return
    with stderr.status("") as status:
        yield lambda what: status.update(f"{what} ...")


def _report(
    source: Source, plan: Plan, problems: list[Problem], *, as_json: bool, applied: bool = False
) -> None:
    ordered = sorted(problems, key=lambda problem: problem.line)
    if as_json:
        console.print_json(
            {
                "file": source.name,
                "sha256": source.sha256,
                "rows": source.rows,
                "applied": applied,
                "tables": plan.counts(),
                "changes": [_change(one) for one in plan.changes],
                "problems": [vars(problem) for problem in ordered],
            }
        )
        return
    for problem in ordered:
        click.echo(_sentence(problem), err=True)
    if problems:
        click.echo(f"{source.name}: {len(problems)} problems; nothing is imported", err=True)
        return
    console.print_rows([{"table": name} | counts for name, counts in plan.counts().items()], as_json=False)
    if plan.changes and not applied:
        click.echo("")
        console.print_rows([_for_people(one) for one in plan.changes[:SHOWN]], as_json=False)
    if len(plan.changes) > SHOWN and not applied:
        click.echo(f"and {len(plan.changes) - SHOWN:,} more; --json has them all")
    click.echo(f"\n{_outcome(source, plan, applied)}")


def _outcome(source: Source, plan: Plan, applied: bool) -> str:
    if not plan.changes:
        return f"{source.rows:,} rows: everything is on record already"
    if applied:
        return f"{source.rows:,} rows are imported; new units get their tokens by `device token SERIAL`"
    return f"{source.rows:,} rows would be imported: nothing is written yet, --apply does it"


def _change(change: Change) -> dict[str, Any]:
    return {
        "table": change.what.value,
        "name": change.name,
        "change": "create" if change.before is None else "change",
        "fields": dict(change.fields),
        "before": change.before and dict(change.before),
    }


def _for_people(change: Change) -> dict[str, str]:
    before = change.before or {}
    fields = {
        name: f"{console.shown(before[name])} -> {console.shown(value)}"
        if name in before
        else console.shown(value)
        for name, value in change.fields.items()
        if value != before.get(name) and name != "kind"
    }
    told = ", ".join(f"{name} {value}" for name, value in fields.items())
    kind = "create" if change.before is None else "change"
    return {
        "table": change.what.value,
        "change": kind,
        "name": _printable(change.name),
        "fields": _printable(told),
    }


def _sentence(problem: Problem) -> str:
    where = f"line {problem.line}" if problem.line else "file"
    column = f", {_printable(problem.column)}" if problem.column else ""
    value = f" {_printable(problem.value)[:60]!r}" if problem.value else ""
    return f"{where}{column}:{value} {_printable(problem.reason)}"


def _printable(text: str) -> str:
    """Text of strangers without what would move a terminal's cursor."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
