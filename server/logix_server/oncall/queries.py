"""Who is on call, as facts and as people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Prefetch, Q
from logix_common.errors import InvalidInput

from logix_server.accounts.models import Person
from logix_server.oncall import rota
from logix_server.oncall.models import Override, Rota, Shift
from logix_server.oncall.pagers.port import Called
from logix_server.oncall.rota import OverrideFacts, RotaFacts, ShiftFacts

#: Who may be on a rota and acknowledge a page.
ON_DUTY: Final = (Person.Role.SUPPORT_ENGINEER, Person.Role.VENDOR_MANAGER)
_WORKING: Final = Q(active=True, erased_at__isnull=True, role__in=ON_DUTY)


@dataclass(frozen=True)
class Duty:
    """Somebody who may be called."""

    person_id: int
    called: Called


def rotas(at: datetime) -> list[RotaFacts]:
    """Every rota in use with what may bear on `at` or later.

    Whoever has left is on none, and stands in for nobody: what was agreed with them is passed over.
    """
    working = set(Person.objects.filter(_WORKING).values_list("id", flat=True))
    rows = Rota.objects.filter(retired_at__isnull=True).prefetch_related(
        Prefetch("shifts", Shift.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=_day_before(at)))),
        Prefetch("overrides", Override.objects.filter(withdrawn_at__isnull=True, ends_at__gt=at)),
    )
    return [_facts(row, working) for row in rows]


def _day_before(at: datetime) -> object:
    # A shift that began yesterday may still run, a day of Istanbul begins before one of UTC.
    return at.astimezone(rota.ISTANBUL).date() - 2 * rota.DAY


def _facts(row: Rota, working: Collection[int]) -> RotaFacts:
    shifts = tuple(
        ShiftFacts(
            id=shift.pk,
            person=shift.person_id,
            weekday=shift.weekday,
            start=shift.start_minute,
            end=shift.end_minute,
            starts_on=shift.starts_on,
            ends_on=shift.ends_on,
            every_weeks=shift.every_weeks,
        )
        for shift in row.shifts.all()
        if shift.person_id in working
    )
    overrides = tuple(
        OverrideFacts(one.pk, one.starts_at, one.ends_at, one.person_id, one.replaces_id)
        for one in row.overrides.all()
        if one.person_id is None or one.person_id in working
    )
    return RotaFacts(row.name, frozenset(row.packages), row.tier, shifts, overrides)


def on_call(package: str, at: datetime) -> list[Duty]:
    """Who is on call for `package` at `at`, in the order in which they are called."""
    return people(rota.on_call(rotas(at), package, at))


def on_call_anywhere(facts: Iterable[RotaFacts], at: datetime) -> list[int]:
    """Everybody who has a shift at `at`, whatever it serves."""
    return list(dict.fromkeys(person for one in facts for person in one.people(at)))


def managers() -> list[int]:
    """The vendor's managers, by name."""
    rows = Person.objects.filter(_WORKING, role=Person.Role.VENDOR_MANAGER)
    return list(rows.order_by("name", "id").values_list("id", flat=True))


def people(ids: Iterable[int]) -> list[Duty]:
    """Those people in this order; who has left is left out."""
    wanted = list(dict.fromkeys(ids))
    found = {row.pk: row for row in Person.objects.filter(_WORKING, id__in=wanted)}
    return [duty(found[person]) for person in wanted if person in found]


def duty(row: Person) -> Duty:
    """A person as somebody who may be called."""
    return Duty(row.pk, Called(row.name, row.email, row.phone, row.language))


def person_on_duty(email: str) -> Person:
    """The engineer or manager of that address. Raises `InvalidInput`."""
    found = Person.objects.filter(_WORKING, email=email.strip().lower()).first()
    if found is None:
        raise InvalidInput("person", f"no engineer or manager of ours has the address {email[:200]!r}")
    return found


def rota_by_name(name: str) -> Rota:
    """A rota in use. Raises `InvalidInput`."""
    found = Rota.objects.filter(name=name, retired_at__isnull=True).first()
    if found is None:
        raise InvalidInput("rota", f"no rota is called {name[:100]!r}; see `rota list`")
    return found


def listed(at: datetime) -> list[dict[str, object]]:
    """Rotas in use with who is on call now, as plain rows."""
    rows = []
    for one in rotas(at):
        names = [each.called.name for each in people(one.people(at))]
        packages = sorted(one.packages)
        rows.append(
            {
                "name": one.name,
                "packages": packages,
                "tier": one.tier,
                "shifts": len(one.shifts),
                "on_call": names,
            }
        )
    return rows


def shown(name: str, at: datetime) -> dict[str, object]:
    """One rota with its shifts and the overrides that are not over."""
    row = rota_by_name(name)
    overrides = row.overrides.filter(withdrawn_at__isnull=True, ends_at__gt=at)
    return {
        "name": row.name,
        "packages": row.packages,
        "tier": row.tier,
        "shifts": [_shift(one) for one in row.shifts.select_related("person")],
        "overrides": [_override(one) for one in overrides.select_related("person", "replaces")],
    }


def overrides(at: datetime) -> list[dict[str, object]]:
    """The changes of all rotas in use that are not over at `at`, by when they begin; people by name."""
    rows = Override.objects.filter(rota__retired_at__isnull=True, withdrawn_at__isnull=True, ends_at__gt=at)
    return [
        {
            **_override(one),
            "rota": one.rota.name,
            "person": one.person.name if one.person else "",
            "replaces": one.replaces.name if one.replaces else "",
        }
        for one in rows.select_related("rota", "person", "replaces").order_by("starts_at", "id")
    ]


def _shift(row: Shift) -> dict[str, object]:
    return {
        "id": row.pk,
        "person": row.person.email,
        "weekday": row.weekday,
        "start_minute": row.start_minute,
        "end_minute": row.end_minute,
        "every_weeks": row.every_weeks,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }


def _override(row: Override) -> dict[str, object]:
    return {
        "id": row.pk,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "person": row.person.email if row.person else None,
        "replaces": row.replaces.email if row.replaces else None,
        "reason": row.reason,
    }
