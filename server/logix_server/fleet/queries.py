"""Read the fleet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from logix_common.errors import InvalidInput

from logix_server.fleet.facts import GatewayWork, LiveStream, StandingUnit, WaitingOrder
from logix_server.fleet.identity import Standing, judge_live
from logix_server.fleet.models import (
    GatewayRun,
    Incident,
    Inventory,
    Order,
    Presence,
    SpoolPosition,
    Unit,
    Watching,
)
from logix_server.fleet.orders import OPEN, resendable
from logix_server.pki.models import Certificate, EnrolmentToken
from logix_server.pki.queries import trust_version

MAX_ORDERS = 1_000
CHUNK = 5_000


def for_gateway(gateway_id: str, live: Sequence[LiveStream], now: datetime) -> GatewayWork:
    """What this gateway must act on: orders to hand out, streams to end, streams that were replaced.

    `live` is every stream that the gateway holds. Orders come for units whose standing stream is
    here; one that was sent is named again after a minute without an answer, a bounded number of times.
    """
    version = trust_version()
    standing = _standing(Presence.objects.filter(gateway_id=gateway_id), now)
    elsewhere = sorted({stream.unit_id for stream in live} - standing.keys())
    for start in range(0, len(elsewhere), CHUNK):
        chunk = elsewhere[start : start + CHUNK]
        standing |= _standing(Presence.objects.filter(unit_id__in=chunk), now)
    endings, replaced = judge_live(live, standing, now)
    return GatewayWork(
        orders=_orders_for(gateway_id, version, now),
        endings=tuple(endings),
        replaced=tuple(replaced),
        trust_version=version,
    )


def _standing(presences: QuerySet[Presence], now: datetime) -> dict[int, Standing]:
    """Units by their standing stream. The database picks out those with anything amiss: reading state
    and dates of thousands of good ones would hold up the gateway's writer."""
    good = (Unit.State.ACTIVE.value, Certificate.State.ACTIVE.value, datetime.max.replace(tzinfo=UTC))
    everyone = presences.values_list("unit_id", "stream_id", "certificate_serial")
    standing = {unit_id: Standing(stream, serial, *good) for unit_id, stream, serial in everyone}
    certificate = Certificate.objects.filter(serial_number=OuterRef("certificate_serial"))
    in_use = certificate.filter(state=Certificate.State.ACTIVE, not_after__gte=now)
    amiss = (
        presences.filter(~Q(unit__state=Unit.State.ACTIVE) | ~Exists(in_use))
        .annotate(
            certificate_state=Subquery(certificate.values("state")[:1]),
            certificate_not_after=Subquery(certificate.values("not_after")[:1]),
        )
        .values_list(
            "unit_id",
            "stream_id",
            "certificate_serial",
            "unit__state",
            "certificate_state",
            "certificate_not_after",
        )
    )
    return standing | {unit_id: Standing(*rest) for unit_id, *rest in amiss}


def _orders_for(gateway_id: str, version: int, now: datetime) -> tuple[WaitingOrder, ...]:
    due = Q(state=Order.State.WAITING) | resendable(now)
    # In a rotation a device would refuse a certificate whose root it does not know yet.
    acceptable = ~Q(kind=Order.Kind.RENEW_CERTIFICATE) | Q(unit__presence__trust_version__gte=version)
    rows = (
        Order.objects.filter(due, acceptable, state__in=OPEN, expires_at__gt=now)
        .filter(unit__presence__gateway_id=gateway_id, unit__presence__disconnected_at__isnull=True)
        .order_by("created_at")
        .values_list("order_id", "unit_id", "unit__presence__stream_id", "kind", "payload")
    )
    return tuple(WaitingOrder(*row) for row in rows[:MAX_ORDERS])


def unit_by_serial(serial: str) -> Unit:
    """The unit of that serial, with installation, customer and presence. Raises `InvalidInput`."""
    unit = _units().filter(serial=serial).first()
    if unit is None:
        raise InvalidInput("device", f"no unit has the serial {serial!r}; see `device list`")
    return unit


def _units() -> QuerySet[Unit]:
    return Unit.objects.select_related("installation__customer", "presence")


def list_units(
    *, customer: str = "", state: str = "", silent: bool = False, limit: int = 100, offset: int = 0
) -> list[Unit]:
    """Units by serial, one page."""
    units = _units().order_by("serial")
    if customer:
        units = units.filter(installation__customer__name=customer)
    if state:
        units = units.filter(state=state)
    if silent:
        units = units.filter(presence__silent_since__isnull=False, state=Unit.State.ACTIVE)
    return list(units[offset : offset + limit])


def units_at_installations(*, customer: str = "", limit: int | None = None, offset: int = 0) -> list[Unit]:
    """The unit of each installation (the newest, where one replaced another), by customer and place."""
    newest = Unit.objects.filter(installation=OuterRef("installation")).order_by("-id").values("id")[:1]
    units = (
        _units().filter(id=Subquery(newest)).order_by("installation__customer__name", "installation__name")
    )
    if customer:
        units = units.filter(installation__customer__name=customer)
    return list(units[offset : None if limit is None else offset + limit])


def units_standing(*, customer: str = "", installation_id: int | None = None) -> list[StandingUnit]:
    """The unit that is in service at each installation, by serial; places without one are left out."""
    newest = Unit.objects.filter(installation=OuterRef("installation")).order_by("-id").values("id")[:1]
    units = Unit.objects.filter(id=Subquery(newest)).exclude(state=Unit.State.DECOMMISSIONED)
    if customer:
        units = units.filter(installation__customer__name=customer)
    if installation_id is not None:
        units = units.filter(installation=installation_id)
    place = ("installation_id", "installation__name")
    who = ("installation__customer_id", "installation__customer__name")
    dealer = ("installation__customer__dealer_id", "installation__customer__dealer__name")
    rows = units.order_by("serial").values_list("id", "serial", "model", *place, *who, *dealer)
    return [StandingUnit(*row) for row in rows]


def installed_versions(unit_ids: Sequence[int]) -> dict[int, str]:
    """The product version that each unit last told; units that told none are left out."""
    found: dict[int, str] = {}
    for start in range(0, len(unit_ids), CHUNK):
        told = Inventory.objects.filter(unit_id__in=unit_ids[start : start + CHUNK])
        newest = told.order_by().values("unit_id").annotate(newest=Max("id")).values("newest")
        rows = Inventory.objects.filter(id__in=newest).exclude(product_version="")
        found |= dict(rows.values_list("unit_id", "product_version"))
    return found


def model_at(installation_id: int) -> str:
    """The model of the newest unit of an installation, "" where none ever stood there."""
    models = Unit.objects.filter(installation=installation_id).order_by("-id").values_list("model", flat=True)
    return models.first() or ""


def newest_inventory(unit: Unit) -> Inventory | None:
    """What the unit last said it consists of."""
    return unit.inventories.order_by("-received_at", "-id").first()


def watching_of(unit: Unit) -> Watching | None:
    """What the unit last told of its own watching; None = nothing yet."""
    return Watching.objects.filter(unit=unit).first()


def certificates_of(unit: Unit, limit: int = 20) -> list[Certificate]:
    """The unit's certificates, newest first."""
    return list(Certificate.objects.filter(device_id=unit.device_id).order_by("-issued_at")[:limit])


def token_expiry(unit: Unit, now: datetime) -> datetime | None:
    """Until when an unused token of the unit holds; None = there is none."""
    usable = EnrolmentToken.objects.filter(
        device_id=unit.device_id, used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
    )
    return usable.order_by("-expires_at").values_list("expires_at", flat=True).first()


def orders_of(unit: Unit, limit: int = 20) -> list[Order]:
    """The unit's orders, newest first."""
    return list(unit.orders.order_by("-created_at")[:limit])


def incidents(*, open_only: bool = False, limit: int = 50, offset: int = 0) -> list[Incident]:
    """Incidents, newest first."""
    rows = Incident.objects.order_by("-opened_at")
    if open_only:
        rows = rows.filter(closed_at__isnull=True)
    return list(rows[offset : offset + limit])


def applied(unit_id: int, spool_id: str) -> int:
    """Newest applied sequence of a spool; 0 = none."""
    position = SpoolPosition.objects.filter(unit_id=unit_id, spool_id=spool_id)
    return position.values_list("sequence", flat=True).first() or 0


def newest_beat() -> datetime | None:
    """When a gateway that has not ended was last known to live; None = none runs."""
    beats = GatewayRun.objects.filter(stopped_at__isnull=True).order_by("-beat_at")
    return beats.values_list("beat_at", flat=True).first()
