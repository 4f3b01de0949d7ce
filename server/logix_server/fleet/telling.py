"""What units tell: how far their spools are applied, and what they consist of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from logix_server.fleet import store
from logix_server.fleet.facts import InventoryTold, Position
from logix_server.fleet.models import Inventory, SpoolPosition, Watching

#: Inventories of a unit that are kept; a device that changes at every report fills no disk.
KEPT_INVENTORIES: Final = 100
#: A spool that was not heard of for so long is forgotten; if it comes back, full state is asked for.
SPOOL_FORGOTTEN_AFTER: Final = timedelta(days=730)


def advance(positions: Sequence[Position], now: datetime) -> None:
    """Move spool positions forward in the caller's transaction; never lowers one."""
    store.advance(positions, now)


def content_digest(told: InventoryTold) -> str:
    """SHA-256 of all that an inventory says but when, in canonical JSON."""
    whole = [told.product_version, told.patch_level, told.content]
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def store_inventories(told: Sequence[InventoryTold]) -> int:
    """Keep inventories that differ from the unit's newest one; how many rows were added."""
    if not told:
        return 0
    with transaction.atomic():
        units = {inventory.unit_id for inventory in told}
        newest = Inventory.objects.filter(unit_id__in=units).values("unit_id").annotate(last=Max("id"))
        rows = Inventory.objects.filter(id__in=[row["last"] for row in newest])
        known = dict(rows.values_list("unit_id", "digest"))
        added = []
        for inventory in told:
            digest = content_digest(inventory)
            if known.get(inventory.unit_id) != digest:
                known[inventory.unit_id] = digest
                added.append(_row(inventory, digest))
        Inventory.objects.bulk_create(added)
        _note_watching(told)
        return len(added)


def _note_watching(told: Sequence[InventoryTold]) -> None:
    """The newest of each unit alone: what it cannot judge comes and goes, and is no part of it."""
    newest = {inventory.unit_id: inventory for inventory in told if inventory.watching is not None}
    known = {row.unit_id: row for row in Watching.objects.filter(unit_id__in=newest)}
    rows = []
    for unit_id, inventory in sorted(newest.items()):
        watching, row = inventory.watching, known.get(unit_id)
        assert watching is not None
        if row and (row.cannot_tell, row.maintenance) == (watching.cannot_tell, watching.maintenance):
            continue
        rows.append(
            Watching(
                unit_id=unit_id,
                told_at=inventory.received_at,
                cannot_tell=watching.cannot_tell,
                maintenance=watching.maintenance,
            )
        )
    fields = ["told_at", "cannot_tell", "maintenance"]
    Watching.objects.bulk_create(rows, update_conflicts=True, unique_fields=["unit"], update_fields=fields)


def _row(told: InventoryTold, digest: str) -> Inventory:
    return Inventory(
        unit_id=told.unit_id,
        received_at=told.received_at,
        digest=digest,
        product_version=told.product_version[:128],
        patch_level=told.patch_level[:128],
        content=told.content,
    )


def prune_inventories(now: datetime) -> int:
    """Periodic job: keep the newest inventories of each unit, forget spools long gone; how many rows went."""
    gone, _ = SpoolPosition.objects.filter(updated_at__lt=now - SPOOL_FORGOTTEN_AFTER).delete()
    for unit_id in Inventory.objects.values_list("unit_id", flat=True).distinct().order_by("unit_id"):
        old = Inventory.objects.filter(unit_id=unit_id).order_by("-id").values_list("id", flat=True)
        surplus = list(old[KEPT_INVENTORIES : KEPT_INVENTORIES + 10_000])
        if surplus:
            count, _ = Inventory.objects.filter(id__in=surplus).delete()
            gone += count
    return gone
