"""Record what was bought, announced and withdrawn: append-only facts, each with its audit record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.queries import may
from logix_server.audit.actions import record
from logix_server.contracts.decisions import entries
from logix_server.contracts.decisions.entries import (
    Bought,
    Entry,
    Excepted,
    Extended,
    HandedOver,
    PackageBought,
    Renewed,
)
from logix_server.contracts.decisions.terms import Hardware, Package, Vendor, local_day
from logix_server.contracts.decisions.versions import order
from logix_server.contracts.ledger import TABLES, Kind, parse_reference, standing
from logix_server.contracts.models import (
    Fact,
    ProductFact,
    ProductLifecycle,
    ProductVendor,
    VersionRelease,
    Withdrawal,
)
from logix_server.contracts.queries import contract_facts
from logix_server.contracts.recording import NewFact, contract_changed, record_facts
from logix_server.effects.outbox import put_many
from logix_server.fleet.models import Installation
from logix_server.fleet.queries import model_at

#: Who may grant an exception (Reading 7): a user of ours whom an administrator gave this permission.
GRANT_PERMISSION: Final = "contracts.grant_patch_exception"
_KINDS: Final[dict[type[Entry], Kind]] = {
    Bought: Kind.PURCHASE,
    Renewed: Kind.RENEWAL,
    PackageBought: Kind.PACKAGE,
    Extended: Kind.EXTENSION,
    HandedOver: Kind.OWNERSHIP,
    Excepted: Kind.EXCEPTION,
}


@transaction.atomic
def enter(
    installation_id: int,
    entry: Entry,
    *,
    now: datetime,
    actor: str,
    model: str | None = None,
    instead_of: str = "",
    why: str = "",
) -> None:
    """Record `entry` of an installation where `entries.admit` lets it.

    `model`: of the product, by default of the unit that stands there. `instead_of` names a fact that was
    a mistake ("package:12") and is withdrawn for this one because of `why`. Raises `InvalidInput`.
    """
    # One writer an installation: two who record the same thing at once are told of each other.
    Installation.objects.select_for_update(no_key=True).get(pk=installation_id)
    if instead_of:
        withdraw(instead_of, why, now=now, actor=actor, installation_id=installation_id)
    facts = contract_facts(installation_id, model or model_at(installation_id))
    entries.admit(facts, entry, local_day(now))
    new = NewFact(_KINDS[type(entry)], installation_id, asdict(entry))
    record_facts([new], why=why, now=now, actor=actor)


@transaction.atomic
def enter_all(installations: Mapping[int, str], entry: Entry, *, now: datetime, actor: str) -> None:
    """Record `entry` of each of these installations (id -> model), or of none. Raises `InvalidInput`."""
    for installation_id in sorted(installations):  # one order, so that two never wait for each other
        enter(installation_id, entry, now=now, actor=actor, model=installations[installation_id])


def record_purchase(
    installation_id: int, purchased_on: date, hardware: Hardware, *, now: datetime, actor: str
) -> None:
    """The product was bought; first-year Temel, first-year updates and the warranty follow from it."""
    enter(installation_id, Bought(purchased_on, hardware), now=now, actor=actor)


def add_package(
    installation_id: int, package: Package, starts_on: date, years: int, *, now: datetime, actor: str
) -> None:
    """A support package was bought. Raises `InvalidInput` for what is not sold (SUP-2, UPD-5)."""
    enter(installation_id, PackageBought(package, starts_on, years), now=now, actor=actor)


def renew_updates(installation_id: int, starts_on: date, years: int, *, now: datetime, actor: str) -> None:
    """The update service was renewed (UPD-1)."""
    enter(installation_id, Renewed(starts_on, years), now=now, actor=actor)


def extend_warranty(installation_id: int, model: str, starts_on: date, *, now: datetime, actor: str) -> None:
    """The Extended Hardware Warranty was bought. Raises `InvalidInput` where none can be (WAR-2)."""
    enter(installation_id, Extended(starts_on), now=now, actor=actor, model=model)


def grant_exception(installation_id: int, exception: Excepted, *, now: datetime, actor: str) -> None:
    """Security patches without the update service, until a day (Reading 7).

    Raises `InvalidInput` where `exception.granted_by` is no user who may grant it.
    """
    if not may(exception.granted_by, GRANT_PERMISSION):
        raise InvalidInput(
            "granted_by",
            f"{exception.granted_by!r} is no vendor manager: an active user with the permission"
            f" {GRANT_PERMISSION} (Reading 7)",
        )
    enter(installation_id, exception, now=now, actor=actor)


@transaction.atomic
def announce_lifecycle(
    model: str,
    end_of_sale_on: date | None,
    end_of_life_on: date | None,
    *,
    on_sale_since: date | None = None,
    successor: str = "",
    now: datetime,
    actor: str,
) -> None:
    """Announce a model's life (LIF-1 to LIF-3), and what takes its place; the newest announcement holds.

    Raises `InvalidInput` for days that do not follow one another, and for a successor that is none.
    """
    _expect_model(model)
    days = {
        "on_sale_since": on_sale_since,
        "end_of_sale_on": end_of_sale_on,
        "end_of_life_on": end_of_life_on,
    }
    told = [(field, day) for field, day in days.items() if day is not None]
    for field, day in told:
        entries.plausible(field, day)
    for (before, earlier), (after, later) in pairwise(told):
        if later < earlier:
            raise InvalidInput(after, f"comes after {before} (LIF-1 to LIF-3)")
    if successor:
        _expect_model(successor)
        if successor == model:
            raise InvalidInput("successor", "expected another model")
    ProductLifecycle.objects.create(
        model=model, successor=successor, recorded_at=now, recorded_by=actor, **days
    )
    detail = {field: str(day or "") for field, day in days.items()} | {"successor": successor}
    record(now, actor, "contract.lifecycle", f"model:{model}", detail)


@transaction.atomic
def name_vendor(model: str, vendor: Vendor, *, now: datetime, actor: str) -> None:
    """Whose product a model is (SUP-3); ours where nothing is recorded. The newest holds."""
    _expect_model(model)
    ProductVendor.objects.create(model=model, vendor=vendor.value, recorded_at=now, recorded_by=actor)
    record(now, actor, "contract.vendor", f"model:{model}", {"vendor": vendor.value})


@transaction.atomic
def release_versions(
    models: Iterable[str], version: str, released_on: date, *, now: datetime, actor: str
) -> None:
    """The same version of several models, or of none."""
    for model in models:
        release_version(model, version, released_on, now=now, actor=actor)


@transaction.atomic
def release_version(model: str, version: str, released_on: date, *, now: datetime, actor: str) -> None:
    """A version of a model's software was released: the one before it is retired in a year (UPD-7).

    Raises `InvalidInput` for one that is on record, whatever its day.
    """
    _expect_model(model)
    version = version.strip()
    if not 0 < len(version) <= 128 or not version.isprintable() or not any(map(str.isdigit, version)):
        raise InvalidInput("version", f"expected a version such as 7.1, got {version!r}")
    entries.plausible("released_on", released_on)
    for known in standing(VersionRelease).filter(model=model):
        if order(known.version) == order(version):
            raise InvalidInput("version", f"{version} of {model} is on record since {known.released_on}")
    VersionRelease.objects.create(
        model=model, version=version, released_on=released_on, recorded_at=now, recorded_by=actor
    )
    detail = {"version": version, "released_on": released_on.isoformat()}
    record(now, actor, "contract.version", f"model:{model}", detail)


def _expect_model(model: str) -> None:
    if not model.strip() or model != model.strip() or len(model) > 100:
        raise InvalidInput("model", f"expected a product model of 1 to 100 characters, got {model!r}")


@transaction.atomic
def withdraw(
    reference: str, why: str, *, now: datetime, actor: str, installation_id: int | None = None
) -> None:
    """The fact "package:12" was recorded by mistake: from `now` on it is not known any more.

    Raises `InvalidInput` where there is none, where it is withdrawn already, and where it belongs to
    another installation than the one named.
    """
    kind, fact_id = parse_reference(reference)
    reason = entries.said("why", why)
    fact = TABLES[kind].objects.select_for_update(no_key=True).filter(pk=fact_id).first()
    if fact is None or (
        installation_id is not None and getattr(fact, "installation_id", None) != installation_id
    ):
        raise InvalidInput("fact", f"{reference} is not on record here; see `contract history`")
    if Withdrawal.objects.filter(kind=kind, fact_id=fact_id).exists():
        raise InvalidInput("fact", f"{reference} is withdrawn already")
    Withdrawal.objects.create(kind=kind, fact_id=fact_id, reason=reason, recorded_at=now, recorded_by=actor)
    detail = {"fact": reference, "reason": reason}
    record(now, actor, "contract.withdraw", _subject(fact), detail)
    if isinstance(fact, Fact):
        put_many([contract_changed(fact.installation_id)], now)


def _subject(fact: Any) -> str:
    if isinstance(fact, Fact):
        return f"installation:{fact.installation_id}"
    assert isinstance(fact, ProductFact)
    return f"model:{fact.model}"
