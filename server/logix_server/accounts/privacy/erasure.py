"""What is personal goes, what happened stays (docs/decisions/0012-people-by-their-marks.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts.lifecycle import PERSON, Standing
from logix_server.accounts.models import Invitation, Person, RecoveryCode, SecondFactor, SignIn
from logix_server.accounts.people import keep_a_manager, subject_of
from logix_server.accounts.privacy.personal_data import mentions, person_to_tell, tables, text_columns
from logix_server.audit.actions import record
from logix_server.audit.models import Record, Seal
from logix_server.effects.outbox import put

#: An effect {"person": id, "address": what stands for the mail address now}: other slices do their part.
ERASED: Final = "person.erased"
_SEALED_TABLES: Final = (Record, Seal)  # named by marks alone, and never changed


def address_of(person: Person) -> str:
    """What stands where the mail address stood; mail to it goes nowhere (RFC 2606)."""
    return f"{person.mark}@erased.invalid"


def erase_by_mail(email: str, *, why: str, by: str, now: datetime) -> dict[str, int]:
    """Erase the person of that address; how many rows still say it in running words, by table.

    Those are what people wrote; whoever erases looks at them. Raises `InvalidInput`.
    """
    if not 1 <= len(why.strip()) <= 500:
        raise InvalidInput("why", _("Say in up to 500 characters why."))
    person = person_to_tell(email)
    address = person.email
    erase(person.pk, why=why.strip(), by=by, now=now)
    return mentions(address)


@transaction.atomic
def erase(person_id: int, *, why: str, by: str, now: datetime) -> None:
    """Name, address, phone and log-in are gone for good; the row and its mark stay. Raises `InvalidInput`."""
    rows = Person.objects.select_for_update(of=("self",)).select_related("organisation", "user")
    person = rows.get(pk=person_id)
    PERSON.check(person.standing, Standing.ERASED)
    keep_a_manager(person)
    _replace(person.email, address_of(person))
    _remove_log_in(person)
    person.name, person.email, person.phone = "", address_of(person), ""
    person.active, person.erased_at = False, now
    person.save(update_fields=["name", "email", "phone", "active", "erased_at"])
    put(ERASED, {"person": person.pk, "address": person.email}, now, key=f"{ERASED}:{person.pk}")
    record(now, by, "person.erase", subject_of(person), {"why": why})


def _replace(address: str, opaque: str) -> None:
    """Every column that holds the address alone, of whichever slice, holds the opaque one from now on."""
    for model in tables():
        if model in _SEALED_TABLES or model is Person:
            continue
        widths = text_columns(model)
        for column in widths:
            rows = model._base_manager.filter(**{column: address})
            if rows.exists():  # to be asked first: PostgreSQL looks at the new value's length before
                rows.update(**{column: opaque[: widths[column]]})


def _remove_log_in(person: Person) -> None:
    Invitation.objects.filter(person=person).delete()
    user = person.user
    if user is None:
        return
    for kind in (SignIn, SecondFactor, RecoveryCode):
        kind.objects.filter(user=user).delete()
    user.username, user.first_name, user.last_name, user.email = person.mark, "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()


def erase_stopped(now: datetime, days: int, limit: int = 100) -> int:
    """Periodic job: erase those who were stopped so many days ago, 0 = nobody; how many."""
    if not days:
        return 0
    rows = Person.objects.filter(
        active=False, erased_at__isnull=True, stopped_at__lt=now - timedelta(days=days)
    )
    due = list(rows.order_by("stopped_at").values_list("id", flat=True)[:limit])
    for person_id in due:
        erase(person_id, why=f"stopped for {days} days", by="system:jobs", now=now)
    return len(due)
