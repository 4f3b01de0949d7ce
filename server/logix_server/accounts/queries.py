"""Read organisations."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from logix_common.errors import InvalidInput

from logix_server.accounts.models import Organisation


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


def may(username: str, permission: str) -> bool:
    """Whether an active user of that name has `permission` ("contracts.grant_patch_exception")."""
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    return user is not None and user.has_perm(permission)
