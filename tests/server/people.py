"""People that tests of several slices act as, and how they sign in."""

from __future__ import annotations

import itertools

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from logix_server.accounts.access import Viewer
from logix_server.accounts.access import viewer as viewer_of_person
from logix_server.accounts.models import Organisation, Person
from logix_server.accounts.rights import ROLES_OF, Role
from logix_server.accounts.sign_in.sign_ins import SESSION_KEY, pass_second_factor

from tests.server.rows import NOW

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def person(role: str = Role.VENDOR_MANAGER, organisation: Organisation | None = None) -> Person:
    """Somebody of that role who can sign in with `PASSWORD`; by default of ours, or of a new organisation."""
    number = next(_numbers)
    user = get_user_model()(username=f"{role}-{number}")
    user.set_password(PASSWORD)
    user.save()
    return Person.objects.create(
        organisation=organisation or _organisation(role, number),
        role=role,
        name=f"Person {number}",
        email=f"person{number}@example.com",
        user=user,
        created_at=NOW,
    )


def _organisation(role: str, number: int) -> Organisation:
    kind = next(kind for kind, roles in ROLES_OF.items() if role in roles)
    if kind == "vendor" and (ours := Organisation.objects.filter(kind=kind).first()):
        return ours
    return Organisation.objects.create(kind=kind, name=f"{kind} {number}", created_at=NOW)


def viewer(role: str = Role.VENDOR_MANAGER, organisation: Organisation | None = None) -> Viewer:
    """The viewer that such a person is."""
    return viewer_of_person(person(role, organisation))


def signed_in(who: Person | str = Role.VENDOR_MANAGER) -> Client:
    """A browser in which a person is signed in, with the second factor where one is asked for."""
    one = person(who) if isinstance(who, str) else who
    assert one.user is not None
    return let_in(Client(), one.user)


def let_in(client: Client, user: User) -> Client:
    """`client` with that user signed in, the second factor shown."""
    client.force_login(user)
    sign_in_id = client.session[SESSION_KEY]
    pass_second_factor(sign_in_id, timezone.now())
    return client
