"""Rotas written: made, retired, their shifts set and ended, other people put in for a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.models import Person
from logix_server.accounts.rights import Right, require
from logix_server.audit.actions import record
from logix_server.escalation_rules import PACKAGES
from logix_server.oncall import rota
from logix_server.oncall.models import Override, Rota, Shift
from logix_server.oncall.queries import person_on_duty, rota_by_name
from logix_server.weekly_hours import DAY_MINUTES

MOST_ROTAS: Final = 50
MOST_SHIFTS: Final = 200  # of one rota
MOST_OVERRIDES: Final = 500  # of one rota, that are not over
LONGEST_OVERRIDE: Final = timedelta(days=366)


def actor_of(viewer: Viewer) -> str:
    """The actor of a person who may set rotas. Raises `Forbidden`."""
    require(viewer, Right.SET_ROTA)
    return viewer.actor


@transaction.atomic
def add_rota(name: str, packages: Sequence[str], tier: int, *, actor: str, now: datetime) -> Rota:
    """A new rota for some packages. Raises `InvalidInput`."""
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise InvalidInput("name", "expected 1 to 100 characters")
    if Rota.objects.filter(name=name).exists():
        raise InvalidInput("name", f"a rota {name!r} is there, or was: choose another name")
    if Rota.objects.filter(retired_at__isnull=True).count() >= MOST_ROTAS:
        raise InvalidInput("rota", f"there are {MOST_ROTAS} already; retire one")
    chosen = _packages(packages)
    if not 1 <= tier <= 99:
        raise InvalidInput("tier", f"expected 1 to 99, got {tier}")
    made = Rota.objects.create(name=name, packages=chosen, tier=tier, created_at=now)
    record(now, actor, "rota.add", f"rota:{name}", {"packages": chosen, "tier": tier})
    return made


def _packages(packages: Sequence[str]) -> list[str]:
    if not packages or set(packages) - set(PACKAGES):
        raise InvalidInput("package", f"expected some of {', '.join(PACKAGES)}, got {list(packages)!r}")
    return [package for package in PACKAGES if package in packages]


@transaction.atomic
def retire_rota(name: str, *, actor: str, now: datetime) -> None:
    """The rota is used no longer; its history stays. Raises `InvalidInput`."""
    row = _locked(name)
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    record(now, actor, "rota.retire", f"rota:{name}")


@dataclass(frozen=True)
class Hours:
    """When a shift runs: minutes of a day from 00:00, an end not after the start is of the next day."""

    weekdays: tuple[int, ...]  # 0 = Monday
    start: int
    end: int
    starts_on: date
    ends_on: date | None = None
    every_weeks: int = 1

    def expect(self) -> None:
        """Raises `InvalidInput` for hours that no shift has."""
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise InvalidInput("days", "expected days of the week, 0 (Monday) to 6")
        if not (0 <= self.start < DAY_MINUTES and 0 <= self.end <= DAY_MINUTES):
            raise InvalidInput("hours", "expected a start from 00:00 to 23:59 and an end up to 24:00")
        if not 1 <= self.every_weeks <= 26:
            raise InvalidInput("every_weeks", f"expected 1 to 26, got {self.every_weeks}")
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise InvalidInput("ends_on", "expected a day that is not before the first")


@transaction.atomic
def add_shifts(name: str, email: str, hours: Hours, *, actor: str, now: datetime) -> list[Shift]:
    """The person has these hours on each of the days. Raises `InvalidInput`."""
    hours.expect()
    row, person = _locked(name), person_on_duty(email)
    days = sorted(set(hours.weekdays))
    if row.shifts.count() + len(days) > MOST_SHIFTS:
        raise InvalidInput("shift", f"a rota has at most {MOST_SHIFTS} shifts")
    made = [
        Shift.objects.create(
            rota=row,
            person=person,
            weekday=day,
            start_minute=hours.start,
            end_minute=hours.end,
            every_weeks=hours.every_weeks,
            starts_on=hours.starts_on,
            ends_on=hours.ends_on,
            created_at=now,
            created_by=actor,
        )
        for day in days
    ]
    detail: dict[str, Any] = asdict(hours) | {"person": person.mark, "shifts": [one.pk for one in made]}
    detail["starts_on"], detail["ends_on"] = str(hours.starts_on), str(hours.ends_on or "")
    record(now, actor, "rota.shift", f"rota:{name}", detail)
    return made


@transaction.atomic
def end_shift(shift_id: int, last_day: date, *, actor: str, now: datetime) -> None:
    """The shift begins on no day after `last_day`; what was before stays. Raises `InvalidInput`."""
    shift = Shift.objects.select_for_update(of=("self",)).select_related("rota").filter(pk=shift_id).first()
    if shift is None or (shift.ends_on is not None and shift.ends_on <= last_day):
        raise InvalidInput("shift", "there is none of this number that goes on so long; see `rota show`")
    if last_day < now.astimezone(rota.ISTANBUL).date() - rota.DAY:
        raise InvalidInput("last_day", "what has passed stays as it was; expected yesterday or later")
    shift.ends_on = last_day
    shift.save(update_fields=["ends_on"])
    detail = {"shift": shift.pk, "last_day": str(last_day)}
    record(now, actor, "rota.shift-end", f"rota:{shift.rota.name}", detail)


@dataclass(frozen=True)
class Change:
    """For a time another person: `person` "" = nobody, `replaces` "" = in place of whoever has the shift."""

    starts_at: datetime
    ends_at: datetime
    person: str  # mail addresses
    replaces: str
    reason: str

    def expect(self, now: datetime) -> None:
        """Raises `InvalidInput` for what cannot be agreed at `now`."""
        if not self.starts_at < self.ends_at <= self.starts_at + LONGEST_OVERRIDE:
            raise InvalidInput("until", f"expected a later end, at most {LONGEST_OVERRIDE.days} days on")
        if self.ends_at <= now:
            raise InvalidInput("until", "is over; what has passed stays as it was")
        if not self.person and not self.replaces:
            raise InvalidInput("person", "name who comes in, or who is away")
        if self.person and self.person == self.replaces:
            raise InvalidInput("person", "expected two different people")
        if not 0 < len(self.reason.strip()) <= 200:
            raise InvalidInput("reason", "expected 1 to 200 characters")


@transaction.atomic
def override(name: str, change: Change, *, actor: str, now: datetime) -> Override:
    """Put in another person, or nobody, for a time; a later one wins. Raises `InvalidInput`."""
    change.expect(now)
    row = _locked(name)
    if row.overrides.filter(withdrawn_at__isnull=True, ends_at__gt=now).count() >= MOST_OVERRIDES:
        raise InvalidInput("override", f"a rota has at most {MOST_OVERRIDES} that are not over")
    person = person_on_duty(change.person) if change.person else None
    made = Override.objects.create(
        rota=row,
        starts_at=change.starts_at,
        ends_at=change.ends_at,
        person=person,
        replaces=_away(row, change.replaces),
        reason=change.reason.strip(),
        created_at=now,
        created_by=actor,
    )
    detail = {
        "override": made.pk,
        "starts_at": made.starts_at.isoformat(),
        "ends_at": made.ends_at.isoformat(),
        "person": person.mark if person else None,
        "replaces": made.replaces.mark if made.replaces else None,
    }
    record(now, actor, "rota.override", f"rota:{name}", detail)
    return made


def _away(row: Rota, email: str) -> Person | None:
    if not email:
        return None
    person = person_on_duty(email)
    if not row.shifts.filter(person=person).exists():
        raise InvalidInput("replaces", f"{email} has no shift on {row.name}")
    return person


@transaction.atomic
def withdraw_override(override_id: int, *, actor: str, now: datetime) -> None:
    """It holds no longer. Raises `InvalidInput`."""
    rows = Override.objects.select_for_update(of=("self",)).select_related("rota")
    found = rows.filter(pk=override_id, withdrawn_at__isnull=True, ends_at__gt=now).first()
    if found is None:
        raise InvalidInput("override", "there is none of this number that is not over; see `rota show`")
    found.withdrawn_at, found.withdrawn_by = now, actor
    found.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(now, actor, "rota.override-withdraw", f"rota:{found.rota.name}", {"override": found.pk})


def _locked(name: str) -> Rota:
    # One change of a rota at a time, so that its bounds hold.
    return Rota.objects.select_for_update().get(pk=rota_by_name(name).pk)
