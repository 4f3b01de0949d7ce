"""Everything that was ever recorded of an installation and its product, withdrawn or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from logix_server.contracts.append_only import Recorded
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.ledger import INSTALLATION_FACTS, PRODUCT_FACTS, Kind, reference
from logix_server.contracts.models import PatchGrant, VersionRelease, Withdrawal

_COMMON: Final = frozenset({"id", "installation", "model", "recorded_at", "recorded_by"})
_HOLDS_FROM: Final = ("purchased_on", "starts_on", "released_on")


def history(installation_id: int, model: str) -> list[dict[str, Any]]:
    """Each fact with the day it holds from, who recorded it when, and how it was withdrawn; oldest first."""
    rows = list(_rows(installation_id, model))
    withdrawals = _withdrawals(rows)
    told = [_told(row, withdrawals.get(reference(row))) for row in rows]
    return sorted(told, key=lambda one: (one["recorded_at"], one["fact"]))


def exceptions(installation_id: int | None = None) -> list[tuple[PatchGrant, Withdrawal | None]]:
    """The exceptions of Reading 7, newest first: of one installation or of all."""
    rows = PatchGrant.objects.select_related("installation__customer").order_by("-recorded_at", "-id")
    if installation_id is not None:
        rows = rows.filter(installation=installation_id)
    grants = list(rows)
    withdrawals = _withdrawals(list(grants))
    return [(grant, withdrawals.get(reference(grant))) for grant in grants]


def releases(model: str = "") -> list[tuple[VersionRelease, Withdrawal | None]]:
    """The versions that were released, by model and day."""
    rows = VersionRelease.objects.order_by("model", "released_on", "id")
    found = list(rows.filter(model=model) if model else rows)
    withdrawals = _withdrawals(list(found))
    return [(release, withdrawals.get(reference(release))) for release in found]


def _rows(installation_id: int, model: str) -> Iterator[Recorded]:
    for table in INSTALLATION_FACTS.values():
        yield from table.objects.filter(installation_id=installation_id)
    for product_table in PRODUCT_FACTS.values():
        yield from product_table.objects.filter(model=model)


def _withdrawals(rows: list[Any]) -> dict[str, Withdrawal]:
    found: dict[str, Withdrawal] = {}
    for kind in Kind:
        ids = [row.pk for row in rows if reference(row).startswith(f"{kind.value}:")]
        if ids:
            withdrawn = Withdrawal.objects.filter(kind=kind, fact_id__in=ids)
            found |= {f"{kind.value}:{row.fact_id}": row for row in withdrawn}
    return found


def _told(row: Recorded, withdrawal: Withdrawal | None) -> dict[str, Any]:
    values = {f.name: getattr(row, f.name) for f in row._meta.concrete_fields if f.name not in _COMMON}
    days: list[date] = [values.pop(name) for name in _HOLDS_FROM if name in values]
    return {
        "fact": reference(row),
        "holds_from": days[0] if days else local_day(row.recorded_at),
        "says": values,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by,
        "withdrawn_at": withdrawal.recorded_at if withdrawal else None,
        "withdrawn_by": withdrawal.recorded_by if withdrawal else None,
        "why": withdrawal.reason if withdrawal else None,
    }
