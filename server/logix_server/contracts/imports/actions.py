"""Write what a file says: customers, installations, units and contracts, in one transaction or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, OperationalError, connection, transaction
from logix_common.errors import LogixError

from logix_server.accounts import bulk as accounts
from logix_server.accounts.bulk import NewOrganisation
from logix_server.audit.actions import record
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.imports.devices import Place, Said
from logix_server.contracts.imports.plan import make_plan
from logix_server.contracts.imports.queries import chunks, installation_ids, known_state
from logix_server.contracts.imports.rows import Sheet
from logix_server.contracts.imports.state import Change, Plan, What
from logix_server.contracts.models import Withdrawal
from logix_server.contracts.recording import NewFact, record_facts
from logix_server.fleet import bulk as fleet
from logix_server.fleet.bulk import NewUnit
from logix_server.fleet.models import Installation

#: The PostgreSQL advisory lock that lets one import write at a time ("LGX" and a number of ours).
_LOCK: Final = 0x4C475802
_KINDS: Final = {
    What.PURCHASES: Withdrawal.Kind.PURCHASE,
    What.PACKAGES: Withdrawal.Kind.PACKAGE,
    What.RENEWALS: Withdrawal.Kind.RENEWAL,
    What.EXTENSIONS: Withdrawal.Kind.EXTENSION,
}


@dataclass(frozen=True)
class Source:
    """The file that an import is of, for the audit."""

    name: str
    sha256: str
    rows: int = 0


def apply_import(said: Said, sheet: Sheet, source: Source, *, now: datetime, actor: str) -> Plan:
    """Write what `said` changes, judged against what is on record now; the plan that was carried out.

    Nothing is written where `sheet` has problems, old or new. Raises `LogixError` where somebody else
    wrote the same at this moment; nothing is written then either.
    """
    try:
        with transaction.atomic():
            _take_turn(said)
            plan = make_plan(said, known_state(said), sheet, local_day(now))
            if plan.changes and not sheet.problems:
                _write(plan, source, now, actor)
            return plan
    except (IntegrityError, OperationalError) as error:
        raise LogixError(
            f"nothing is imported: the database refuses ({str(error).strip()}); was one of these registered"
            " at the same moment? Look at the dry run again"
        ) from error


def _take_turn(said: Said) -> None:
    """Wait for imports that write, and for whoever records facts of the same installations.

    On SQLite a transaction that writes has the database for itself.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    for some in chunks(sorted(installation_ids(said.customers).values())):
        list(Installation.objects.select_for_update(no_key=True).filter(pk__in=some).order_by("pk"))


def _write(plan: Plan, source: Source, now: datetime, actor: str) -> None:
    for kind in (What.DEALERS, What.CUSTOMERS):
        companies = plan.of(kind, new=True)
        new = [NewOrganisation(name=one.name, **one.fields) for one in companies]
        accounts.add_organisations(new, by=actor, now=now)
        changed = {one.name: one.fields for one in plan.of(kind, new=False)}
        accounts.change_organisations(changed, by=actor, now=now)
    places = [one.place for one in plan.of(What.INSTALLATIONS, new=True) if one.place is not None]
    fleet.open_installations(places, actor, now)
    touched = {one.place[0] for one in plan.changes if one.place is not None}
    ids = installation_ids(touched)
    _write_units(plan, ids, now, actor)
    facts = [_fact(one, ids) for one in plan.changes if one.what in _KINDS]
    vendors = [
        NewFact(Withdrawal.Kind.VENDOR, one.name, one.fields) for one in plan.of(What.MODELS, new=False)
    ]
    record_facts([*vendors, *facts], why=f"corrected by the import of {source.name}", now=now, actor=actor)
    counted = {table: count for table, count in plan.counts().items() if count["created"] or count["changed"]}
    detail = {"file": source.name, "sha256": source.sha256, "rows": source.rows, "tables": counted}
    record(now, actor, "import.apply", f"file:{source.sha256}", detail)


def _write_units(plan: Plan, ids: dict[Place, int], now: datetime, actor: str) -> None:
    new = [
        NewUnit(one.name, one.fields["model"], ids[one.place], " / ".join(one.place))
        for one in plan.of(What.UNITS, new=True)
        if one.place is not None
    ]
    fleet.register_units(new, actor, now)
    models = {one.name: one.fields["model"] for one in plan.of(What.UNITS, new=False)}
    fleet.correct_models(models, actor, now)


def _fact(change: Change, ids: dict[Place, int]) -> NewFact:
    assert change.place is not None
    return NewFact(_KINDS[change.what], ids[change.place], change.fields, change.replaces)


def preview(said: Said, sheet: Sheet, now: datetime) -> Plan:
    """What `apply_import` would do; nothing is written, and nobody waits."""
    return make_plan(said, known_state(said), sheet, local_day(now))
