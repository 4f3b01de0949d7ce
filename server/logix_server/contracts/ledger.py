"""The kinds of recorded facts: their tables, the names people give them, and which of them stand."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar

from django.db.models import Exists, OuterRef, QuerySet
from logix_common.errors import InvalidInput

from logix_server.contracts.append_only import Recorded
from logix_server.contracts.models import (
    Fact,
    HardwareOwnership,
    PackagePurchase,
    PatchGrant,
    ProductFact,
    ProductLifecycle,
    ProductVendor,
    Purchase,
    UpdateRenewal,
    VersionRelease,
    WarrantyExtension,
    Withdrawal,
)

RecordedT = TypeVar("RecordedT", bound=Recorded)
Kind = Withdrawal.Kind

INSTALLATION_FACTS: Final[dict[Kind, type[Fact]]] = {
    Kind.PURCHASE: Purchase,
    Kind.RENEWAL: UpdateRenewal,
    Kind.PACKAGE: PackagePurchase,
    Kind.EXTENSION: WarrantyExtension,
    Kind.OWNERSHIP: HardwareOwnership,
    Kind.EXCEPTION: PatchGrant,
}
PRODUCT_FACTS: Final[dict[Kind, type[ProductFact]]] = {
    Kind.LIFECYCLE: ProductLifecycle,
    Kind.VENDOR: ProductVendor,
    Kind.VERSION: VersionRelease,
}
TABLES: Final[dict[Kind, type[Recorded]]] = {**INSTALLATION_FACTS, **PRODUCT_FACTS}
_KINDS: Final = {table: kind for kind, table in TABLES.items()}


def kind_of(table: type[Recorded]) -> Kind:
    """The kind of the facts in `table`."""
    return _KINDS[table]


def standing(table: type[RecordedT], known_at: datetime | None = None) -> QuerySet[RecordedT]:
    """Rows that were recorded and not withdrawn by `known_at` (None = now), in the order of recording."""
    withdrawn = Withdrawal.objects.filter(kind=_KINDS[table], fact_id=OuterRef("pk"))
    rows = table.objects.all()
    if known_at is not None:
        withdrawn = withdrawn.filter(recorded_at__lte=known_at)
        rows = rows.filter(recorded_at__lte=known_at)
    return rows.filter(~Exists(withdrawn)).order_by("recorded_at", "id")


def reference(row: Recorded) -> str:
    """The name by which people speak of a row: "package:12"."""
    return f"{_KINDS[type(row)].value}:{row.pk}"


def parse_reference(text: str) -> tuple[Kind, int]:
    """Kind and id of a name such as "package:12". Raises `InvalidInput`."""
    kind, _, number = text.partition(":")
    if kind not in Kind.values or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise InvalidInput(
            "fact", f"expected a kind and a number such as package:12, got {text!r}; see `contract history`"
        )
    return Kind(kind), int(number)
