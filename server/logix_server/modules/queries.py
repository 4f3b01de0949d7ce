"""Read module statements: what stands, what is out of date, what units told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet

from logix_server.config import current
from logix_server.contracts.queries import facts_of_installations
from logix_server.fleet.models import Unit
from logix_server.modules.facts import Due, SignedStatement
from logix_server.modules.judgement import Stand, State, judge
from logix_server.modules.models import ModuleReport, ModuleStatement
from logix_server.modules.statements import Content, content_of
from logix_server.pki.queries import statement_keys_in_use

CHUNK = 500
_FARTHEST = 1_000_000
_AGAIN_AFTER = timedelta(hours=1)
#: A unit that is to enrol has its statement before it first connects.
STATED = (Unit.State.REGISTERED, Unit.State.ACTIVE)


@dataclass(frozen=True)
class Case:
    """One unit with all that its statement depends on."""

    unit: Unit
    newest: ModuleStatement | None
    last_disabling: int
    told_counter: int  # that the device has accepted beyond the newest; 0 = it has not
    stand: Stand
    content: Content
    key_valid: bool  # of the newest statement

    @property
    def due(self) -> bool:
        """Whether a new statement must be issued."""
        if self.newest is None or not self.key_valid or self.told_counter:
            return True
        return self.newest.digest != self.content.digest

    @property
    def turns_off(self) -> bool:
        """Whether the new statement disables what the one before it let run."""
        if self.stand.state is not State.DISABLED:
            return False
        return self.newest is None or self.newest.state != State.DISABLED


def stated_units() -> QuerySet[Unit]:
    """The units for which statements are issued."""
    return Unit.objects.filter(state__in=STATED)


def cases(units: Sequence[Unit], now: datetime) -> list[Case]:
    """What should stand for each of `units`, in a bounded number of queries."""
    if not units:
        return []
    newest, disabling = _newest_rows([unit.device_id for unit in units])
    told = ModuleReport.objects.filter(unit__in=units).values_list("unit_id", "device_id", "counter")
    counters = {(unit_id, device_id): counter for unit_id, device_id, counter in told}
    facts = facts_of_installations({unit.installation_id: unit.model for unit in units})
    valid = {key.key_id for key in statement_keys_in_use()}
    grace = current().module_grace_days
    found = []
    for unit in units:
        row = newest.get(unit.device_id)
        stand = judge(facts[unit.installation_id], now, grace, row.lapse_seen_on if row else None)
        found.append(
            Case(
                unit=unit,
                newest=row,
                last_disabling=disabling.get(unit.device_id, 0),
                told_counter=_ahead(row, counters.get((unit.pk, unit.device_id), 0), now),
                stand=stand,
                content=content_of(stand),
                key_valid=row is not None and row.key_id in valid,
            )
        )
    return found


def _ahead(newest: ModuleStatement | None, told: int, now: datetime) -> int:
    """What a device has accepted beyond our newest statement, where that may be: our database was put back.

    A device that makes it up gets a new statement an hour, and never brings the counter near its end.
    """
    if newest is None:
        return told if told <= _FARTHEST else 0
    if now - newest.issued_at < _AGAIN_AFTER or not newest.counter < told <= newest.counter + _FARTHEST:
        return 0
    return told


def _newest_rows(device_ids: Sequence[str]) -> tuple[dict[str, ModuleStatement], dict[str, int]]:
    """The newest statement of each device, and the counter of its newest one that disabled something."""
    rows = ModuleStatement.objects.filter(device_id__in=device_ids)
    last = rows.order_by().values("device_id").annotate(last=Max("id"))
    newest = ModuleStatement.objects.filter(id__in=[row["last"] for row in last])
    off = rows.filter(state=State.DISABLED).order_by().values("device_id").annotate(last=Max("counter"))
    return (
        {row.device_id: row for row in newest.defer("payload", "signature")},
        {row["device_id"]: row["last"] for row in off},
    )


def due(now: datetime, installation_ids: Sequence[int] | None = None) -> list[Due]:
    """Units whose statement is out of date, by id; of these installations, or of all."""
    found = []
    for units in _chunks(installation_ids):
        for case in cases(units, now):
            if case.due:
                unit, stand = case.unit, case.stand
                found.append(Due(unit.pk, unit.serial, case.turns_off, stand.state.value, stand.clauses))
    return found


def _chunks(installation_ids: Sequence[int] | None) -> Iterator[list[Unit]]:
    units = stated_units().order_by("pk")
    if installation_ids is not None:
        units = units.filter(installation_id__in=installation_ids)
    last = 0
    while chunk := list(units.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def turned_off_lately(now: datetime) -> int:
    """How many units were sent a statement within a day that disabled what ran."""
    rows = ModuleStatement.objects.filter(turns_off=True, issued_at__gt=now - timedelta(days=1))
    return rows.values("unit_id").distinct().count()


def units_in_service() -> int:
    """Of how many units statements are issued."""
    return stated_units().count()


def newest_row() -> int:
    """The number of the newest statement's row; 0 where there is none."""
    newest = ModuleStatement.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def issued_after(row: int) -> dict[int, int]:
    """Units with a statement in a later row than `row`, and its counter."""
    rows = ModuleStatement.objects.filter(id__gt=row).order_by()
    return {each["unit_id"]: each["last"] for each in rows.values("unit_id").annotate(last=Max("counter"))}


def newest_for(unit_ids: Sequence[int]) -> dict[int, SignedStatement]:
    """The newest statement of each of these units for the identity that it has now."""
    found: dict[int, SignedStatement] = {}
    for start in range(0, len(unit_ids), CHUNK):
        units: Mapping[int, str] = dict(
            Unit.objects.filter(pk__in=unit_ids[start : start + CHUNK]).values_list("id", "device_id")
        )
        last = (
            ModuleStatement.objects.filter(device_id__in=units.values())
            .order_by()
            .values("device_id")
            .annotate(last=Max("id"))
        )
        for row in ModuleStatement.objects.filter(id__in=[each["last"] for each in last]):
            found[row.unit_id] = SignedStatement(
                row.unit_id, row.counter, bytes(row.payload), bytes(row.signature), row.key_id
            )
    return found


def statements_of(unit: Unit, limit: int = 20) -> list[ModuleStatement]:
    """The unit's statements, newest first."""
    return list(ModuleStatement.objects.filter(unit=unit).order_by("-id")[:limit])


def report_of(unit: Unit) -> ModuleReport | None:
    """What the unit last told of its modules."""
    return ModuleReport.objects.filter(unit=unit, device_id=unit.device_id).first()
