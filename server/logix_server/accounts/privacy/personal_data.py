"""Personal data (KVKK, law 6698): what is kept of whom and how long, and everything about one person.

Everything: each table of each slice is asked for rows that belong to the person or name the person, so
that a table that comes later is not forgotten. Histories name people by their mark (`access.actor_of`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CharField, ForeignKey, JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from logix_common.errors import InvalidInput

from logix_server.accounts.models import Person
from logix_server.audit.actions import record
from logix_server.config import ServerConfig

#: What is never told, not even to whom it belongs: it opens doors.
_SECRET: Final = frozenset({"password", "digest", "sealed", "sealed_next", "session_data"})


@dataclass(frozen=True)
class Kept:
    """One kind of personal data: of whom, what for, and until when; `setting` names the days, "" = none."""

    what: str
    of_whom: str
    purpose: str
    until: str
    setting: str = ""


KEPT: Final = (
    Kept(
        "name, mail address, phone, language, role",
        "people of ours, of dealers and customers",
        "to know who writes, to answer, to call",
        "erased on request, and so many days after the person was stopped",
        "stopped_person_days",
    ),
    Kept(
        "log-in: password as a hash, second factor sealed",
        "those who sign in",
        "to let in",
        "with the person",
    ),
    Kept(
        "sessions: address, browser, times",
        "those who sign in",
        "to see and end sessions, to look into misuse",
        "so many days after the session's end",
        "sign_in_days",
    ),
    Kept(
        "invitations and links to new passwords, as digests",
        "those who were invited",
        "to let in",
        "so many days after they were used or ran out",
        "invitation_days",
    ),
    Kept("failed log-ins, as keyed digests", "whoever tries", "to slow guessing", "hours"),
    Kept(
        "what was written to tickets, by mail too",
        "whoever wrote it",
        "to keep the support contract, and to show that it was kept",
        "with the ticket; addresses and raw mails of an erased person are removed",
    ),
    Kept(
        "mails that were ignored or discarded",
        "whoever wrote them",
        "to find what was put away by mistake",
        "so many days after",
        "mail_ignored_days",
    ),
    Kept(
        "who did what: a mark in audit and histories",
        "whoever did it",
        "to show that the contract was kept",
        "for good; without the person's row the mark names nobody",
    ),
)


def kept(config: ServerConfig) -> list[dict[str, Any]]:
    """`KEPT` with the days as they are set."""
    return [
        {
            "what": one.what,
            "of_whom": one.of_whom,
            "purpose": one.purpose,
            "until": one.until,
            "days": getattr(config, one.setting) if one.setting else None,
            "setting": one.setting or None,
        }
        for one in KEPT
    ]


def person_to_tell(email: str) -> Person:
    """The person of that address, active or not. Raises `InvalidInput`."""
    rows = Person.objects.select_related("organisation", "user").filter(erased_at__isnull=True)
    person = rows.filter(email=email.strip().lower()[:254]).first()
    if person is None:
        raise InvalidInput("email", f"nobody is on record with {email!r}; see `person list`")
    return person


@transaction.atomic
def export(email: str, *, by: str, now: datetime) -> dict[str, Any]:
    """Everything about a person, by table, as JSON takes it; asked for on record. Raises `InvalidInput`."""
    person = person_to_tell(email)
    told = {
        model._meta.label: [_plain(row) for row in rows.order_by("pk").iterator(500)]
        for model, rows in rows_about(person)
    }
    record(now, by, "person.export", f"person:{person.mark}")
    return {
        "person": person.email,
        "organisation": person.organisation.name,
        "exported_at": now.isoformat(),
        "tables": {name: rows for name, rows in sorted(told.items()) if rows},
    }


def rows_about(person: Person) -> Iterator[tuple[type[Model], QuerySet[Any]]]:
    """For each table the rows that belong to the person, or name it by mail address or mark."""
    for model in tables():
        found = _belongs(model, person) | _named(model, names_of(person))
        if found:
            yield model, model._base_manager.filter(found)


def tables() -> list[type[Model]]:
    """Every table that holds rows of its own."""
    return [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]


def names_of(person: Person) -> list[str]:
    """What stands for a person in a column of text."""
    mark = person.mark
    return [person.email, mark, f"person:{mark}", f"user:{mark}", f"contact:{mark}"]


def text_columns(model: type[Model]) -> dict[str, int | None]:
    """The columns of short text of a table, in which an address or a mark may stand, with their widths."""
    return {
        field.name: field.max_length
        for field in model._meta.concrete_fields
        if isinstance(field, CharField) and not field.choices and field.name not in _SECRET
    }


def _belongs(model: type[Model], person: Person) -> Q:
    found = Q(pk=person.pk) if model is Person else Q()
    if model is get_user_model():
        found |= Q(pk=person.user_id or 0)
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.related_model is Person:
            found |= Q(**{field.name: person.pk})
        elif isinstance(field, ForeignKey) and field.related_model is get_user_model() and person.user_id:
            found |= Q(**{field.name: person.user_id})
    return found


def _named(model: type[Model], names: list[str]) -> Q:
    found = Q()
    for column in text_columns(model):
        found |= Q(**{f"{column}__in": names})
    return found


def _plain(row: Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in _SECRET
    }


def mentions(text: str) -> dict[str, int]:
    """How many rows of each table say `text` somewhere in running words: for a person to look at."""
    found = {}
    for model in tables():
        said = Q()
        rows = model._base_manager.all()
        for field in model._meta.concrete_fields:
            if isinstance(field, JSONField):
                rows = rows.annotate(**{f"{field.name}_words": Cast(field.name, TextField())})
                said |= Q(**{f"{field.name}_words__icontains": text})
            elif isinstance(field, TextField) and field.name not in _SECRET:
                said |= Q(**{f"{field.name}__icontains": text})
        count = rows.filter(said).count() if said else 0
        if count:
            found[model._meta.label] = count
    return found
