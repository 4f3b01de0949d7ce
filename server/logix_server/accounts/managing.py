"""Who manages whom: a manager of ours everybody, a customer's administrator the own people."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts import people
from logix_server.accounts.access import Forbidden, NotFound, Viewer
from logix_server.accounts.models import Person
from logix_server.accounts.people import NewPerson, subject_of
from logix_server.accounts.rights import Right, may, require
from logix_server.accounts.second_factor import keeping
from logix_server.accounts.sign_in import tries


def managed(viewer: Viewer) -> Q:
    """What limits people to those whom `viewer` manages. Raises `Forbidden`."""
    require(viewer, Right.MANAGE_OWN_PEOPLE)
    if may(viewer, Right.MANAGE_PEOPLE):
        return Q(erased_at__isnull=True)
    return Q(erased_at__isnull=True, organisation_id=viewer.organisation_id)


def find(viewer: Viewer, mark: str) -> Person:
    """The person of that mark, of those whom `viewer` manages. Raises `NotFound`, `Forbidden`."""
    rows = Person.objects.select_related("organisation").filter(managed(viewer), mark=mark)
    person = rows.first()
    if person is None:
        raise NotFound("person")
    return person


def invite_new(viewer: Viewer, new: NewPerson, now: datetime) -> Person:
    """Add somebody and send the link. Raises `InvalidInput`, `Forbidden`."""
    managed(viewer)
    if new.organisation_id != viewer.organisation_id and not may(viewer, Right.MANAGE_PEOPLE):
        raise Forbidden("people of another organisation")
    _count_mail(viewer, now)
    person = people.add(new, by=viewer.actor, now=now)
    people.invite(person.pk, by=viewer.actor, now=now)
    return person


def invite_again(viewer: Viewer, mark: str, now: datetime) -> None:
    """Send a contact, or somebody whose link is too old, a new one."""
    person = find(viewer, mark)
    _count_mail(viewer, now)
    people.invite(person.pk, by=viewer.actor, now=now)


def set_role(viewer: Viewer, mark: str, role: str, now: datetime) -> None:
    """Another role, by somebody else: nobody takes the own rights away by mistake."""
    people.set_role(_other(viewer, mark).pk, role, by=viewer.actor, now=now)


def deactivate(viewer: Viewer, mark: str, now: datetime) -> None:
    """Stop somebody else."""
    people.deactivate(_other(viewer, mark).pk, by=viewer.actor, now=now)


def reactivate(viewer: Viewer, mark: str, now: datetime) -> None:
    """Let somebody in again."""
    people.reactivate(find(viewer, mark).pk, by=viewer.actor, now=now)


def reset_second_factor(viewer: Viewer, mark: str, why: str, now: datetime) -> None:
    """Take somebody else's second factor away, who has lost it; `why`: how it is known who asked."""
    require(viewer, Right.RESET_SECOND_FACTOR)
    person = _other(viewer, mark)
    if not 1 <= len(why.strip()) <= 500:
        raise InvalidInput("why", _("Say in up to 500 characters how you know who asked."))
    if person.user_id is not None:
        subject = subject_of(person)
        keeping.remove(person.user_id, subject=subject, by=viewer.actor, why=why.strip(), now=now)


def _other(viewer: Viewer, mark: str) -> Person:
    person = find(viewer, mark)
    if person.pk == viewer.person_id:
        raise InvalidInput("person", _("Somebody else has to do this for you."))
    return person


def _count_mail(viewer: Viewer, now: datetime) -> None:
    if not tries.take([("invite", str(viewer.organisation_id))], now):
        raise InvalidInput("email", _("Too many invitations for now; go on later."))
