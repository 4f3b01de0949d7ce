"""Many organisations at once, as `accounts.actions` writes one: each with its audit record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from logix_server.accounts.consent import end_for_former
from logix_server.accounts.models import Organisation
from logix_server.audit.actions import Entry, record_many

_BATCH: Final = 1_000


@dataclass(frozen=True)
class NewOrganisation:
    """A customer or dealer to be; `dealer` is the name of the one that serves a customer."""

    kind: str
    name: str
    email: str = ""
    language: str = Organisation.Language.TURKISH.value
    dealer: str = ""


def is_mail(text: str) -> bool:
    """Whether `text` may be where notices go."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


@transaction.atomic
def add_organisations(organisations: Sequence[NewOrganisation], *, by: str, now: datetime) -> None:
    """Add all; dealers of others come before those. The caller has judged each.

    Raises Django's `IntegrityError` where a name was taken meanwhile.
    """
    for served in (False, True):
        some = [one for one in organisations if bool(one.dealer) == served]
        dealers = _ids({one.dealer for one in some if one.dealer})
        rows = [
            Organisation(
                kind=one.kind,
                name=one.name,
                email=one.email,
                language=one.language,
                dealer_id=dealers[one.dealer] if one.dealer else None,
                created_at=now,
            )
            for one in some
        ]
        Organisation.objects.bulk_create(rows, batch_size=_BATCH)
    record_many(
        Entry(
            now,
            by,
            "organisation.add",
            f"organisation:{one.name}",
            {"kind": one.kind, "email": one.email, "dealer": one.dealer, "language": one.language},
        )
        for one in organisations
    )


@transaction.atomic
def change_organisations(changes: Mapping[str, Mapping[str, Any]], *, by: str, now: datetime) -> None:
    """Change fields of organisations by name: email, language, or dealer (a name)."""
    dealers = _ids({fields["dealer"] for fields in changes.values() if fields.get("dealer")})
    rows = list(Organisation.objects.filter(name__in=list(changes)))
    for row in rows:
        for name, value in changes[row.name].items():
            if name == "dealer":
                row.dealer_id = dealers[value]
            else:
                setattr(row, name, value)
    Organisation.objects.bulk_update(rows, ["email", "language", "dealer"], batch_size=_BATCH)
    for row in rows:
        if "dealer" in changes[row.name]:
            end_for_former(row, by=by, now=now)
    record_many(
        Entry(now, by, "organisation.change", f"organisation:{name}", dict(fields))
        for name, fields in changes.items()
    )


def _ids(names: Iterable[str]) -> dict[str, int]:
    rows = Organisation.objects.filter(name__in=list(names))
    return dict(rows.values_list("name", "id"))
