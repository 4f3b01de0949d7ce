"""Read organisations and people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.contrib.auth import get_user_model
from logix_common.errors import InvalidInput

from logix_server.accounts.models import Organisation, Person

_PEOPLE: Final = ("user", "contact")


def list_organisations(*, kind: str = "", limit: int = 100, offset: int = 0) -> list[Organisation]:
    """Organisations by name, one page; `kind` "" = customers and dealers."""
    rows = Organisation.objects.select_related("dealer").order_by("name")
    rows = rows.filter(kind=kind) if kind else rows.exclude(kind=Organisation.Kind.VENDOR)
    return list(rows[offset : offset + limit])


def organisation_by_name(name: str, kind: str = "") -> Organisation:
    """The organisation of that name. Raises `InvalidInput`."""
    rows = Organisation.objects.select_related("dealer").filter(name=name)
    found = (rows.filter(kind=kind) if kind else rows).first()
    if found is None:
        raise InvalidInput("customer", f"no {kind or 'organisation'} is called {name!r}; see `customer list`")
    return found


def customers_of(dealer: Organisation, limit: int = 100) -> list[Organisation]:
    """The customers that a dealer serves, by name."""
    return list(dealer.customers.order_by("name")[:limit])


def may(name: str, permission: str) -> bool:
    """Whether an active user of that name, or with that mail address, has `permission`.

    "contracts.grant_patch_exception": a manager of ours has all of them.
    """
    user_name = (user_name_of(name) or name) if "@" in name else name
    user = get_user_model().objects.filter(username=user_name, is_active=True).first()
    return user is not None and user.has_perm(permission)


def user_name_of(email: str) -> str | None:
    """The user name of whoever signs in by that mail address."""
    rows = Person.objects.filter(email=email.strip().lower()[:254], active=True, user__isnull=False)
    found: str | None = rows.values_list("user__username", flat=True).first()
    return found


def person_by_email(email: str) -> Person | None:
    """The active person whom a mail from that address is from, can sign in or not; with the organisation."""
    rows = Person.objects.select_related("organisation").filter(active=True, erased_at__isnull=True)
    return rows.filter(email=email.strip().lower()[:254]).first()


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """The names to show for actors of audit and histories; one that is no person's mark has none here.

    "user:MARK" and "contact:MARK" are people; of an erased one the name is "".
    """
    marks = {actor: mark for actor in actors for kind, _, mark in [actor.partition(":")] if kind in _PEOPLE}
    names = dict(Person.objects.filter(mark__in=set(marks.values())).values_list("mark", "name"))
    return {actor: names[mark] for actor, mark in marks.items() if mark in names}


def user_id_of(name: str) -> int | None:
    """The id of the user of that name, or with that mail address."""
    user_name = (user_name_of(name) or name) if "@" in name else name
    found: int | None = (
        get_user_model().objects.filter(username=user_name).values_list("id", flat=True).first()
    )
    return found
