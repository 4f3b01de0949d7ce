"""Record many facts at once, as `contracts.actions` records one: each with its audit record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from logix_server.audit.actions import Entry, record_many
from logix_server.contracts.models import (
    HardwareOwnership,
    PackagePurchase,
    PatchGrant,
    ProductVendor,
    Purchase,
    UpdateRenewal,
    WarrantyExtension,
    Withdrawal,
)
from logix_server.effects.outbox import NewEffect, put_many

#: Effect: what runs for an installation may have changed; {"installation_id"}.
CONTRACT_CHANGED: Final = "contract.changed"
_BATCH: Final = 1_000
_INSTALLATION: Final = {
    Withdrawal.Kind.PURCHASE: (Purchase, "contract.purchase"),
    Withdrawal.Kind.PACKAGE: (PackagePurchase, "contract.package"),
    Withdrawal.Kind.RENEWAL: (UpdateRenewal, "contract.renewal"),
    Withdrawal.Kind.EXTENSION: (WarrantyExtension, "contract.warranty-extension"),
    Withdrawal.Kind.OWNERSHIP: (HardwareOwnership, "contract.ownership"),
    Withdrawal.Kind.EXCEPTION: (PatchGrant, "contract.exception"),
}


@dataclass(frozen=True)
class NewFact:
    """A fact of an installation, or (kind vendor) of a model; its fields are those of the table.

    `replaces`: the id of the fact of the same kind that was a mistake, and is withdrawn for this one.
    """

    kind: Withdrawal.Kind
    of: int | str
    fields: Mapping[str, Any]
    replaces: int | None = None


@transaction.atomic
def record_facts(facts: Sequence[NewFact], *, why: str, now: datetime, actor: str) -> None:
    """Record all, and withdraw what they replace because of `why`. The caller has judged each."""
    by = {"recorded_at": now, "recorded_by": actor}
    for kind, (model, _) in _INSTALLATION.items():
        rows = [model(installation_id=one.of, **one.fields, **by) for one in facts if one.kind == kind]
        model._default_manager.bulk_create(rows, batch_size=_BATCH)
    vendors = [one for one in facts if one.kind == Withdrawal.Kind.VENDOR]
    ProductVendor.objects.bulk_create(ProductVendor(model=one.of, **one.fields, **by) for one in vendors)
    replaced = [(one.kind, one.replaces) for one in facts if one.replaces is not None]
    Withdrawal.objects.bulk_create(
        (Withdrawal(kind=kind, fact_id=fact_id, reason=why[:500], **by) for kind, fact_id in replaced),
        batch_size=_BATCH,
    )
    record_many([_entry(one, why, now, actor) for one in facts])
    installations = dict.fromkeys(one.of for one in facts if one.kind in _INSTALLATION)
    put_many([contract_changed(int(one)) for one in installations], now)


def contract_changed(installation_id: int) -> NewEffect:
    """What is to follow from a fact that was recorded or withdrawn."""
    return NewEffect(CONTRACT_CHANGED, {"installation_id": installation_id})


def _entry(fact: NewFact, why: str, now: datetime, actor: str) -> Entry:
    detail = {
        key: value.isoformat() if isinstance(value, date) else value for key, value in fact.fields.items()
    }
    if fact.replaces is not None:
        detail |= {"replaces": fact.replaces, "reason": why}
    if fact.kind == Withdrawal.Kind.VENDOR:
        return Entry(now, actor, "contract.vendor", f"model:{fact.of}", detail)
    return Entry(now, actor, _INSTALLATION[fact.kind][1], f"installation:{fact.of}", detail)
