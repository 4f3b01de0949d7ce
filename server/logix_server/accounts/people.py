"""People: added, invited, changed, stopped; each with its audit record, where their mark stands for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts import invitations
from logix_server.accounts.access import actor_of
from logix_server.accounts.details import judged
from logix_server.accounts.lifecycle import PERSON, Standing
from logix_server.accounts.links import sealed_token
from logix_server.accounts.models import Organisation, Person
from logix_server.accounts.rights import ROLES_OF, Role
from logix_server.accounts.sign_in import passwords, sign_ins
from logix_server.audit.actions import record
from logix_server.effects.outbox import put

#: An effect {"invitation", "sealed"}: a mail with the link goes out (`links`).
INVITED: Final = "person.invited"
#: An effect {"person": id or None}: a mail with a link to a new password goes out, where there is somebody.
RESET_ASKED: Final = "person.reset-asked"


@dataclass(frozen=True)
class NewPerson:
    """Somebody to be known; `phone` as "+905321234567" or ""."""

    organisation_id: int
    role: str
    name: str
    email: str
    phone: str = ""
    language: str = "tr"


@transaction.atomic
def add(new: NewPerson, *, by: str, now: datetime) -> Person:
    """A contact: known by mail address, without a log-in. Raises `InvalidInput`."""
    organisation = Organisation.objects.filter(pk=new.organisation_id).first()
    if organisation is None:
        raise InvalidInput("organisation", _("There is no such organisation."))
    _check_role(new.role, organisation)
    fields = judged(new.name, new.email, new.phone, new.language)
    if Person.objects.filter(email=fields["email"]).exists():
        # Whose it is, is not told: it may be another customer's.
        raise InvalidInput("email", _("This mail address cannot be used; it is on record already."))
    person = Person.objects.create(organisation=organisation, role=new.role, created_at=now, **fields)
    detail = {"organisation": organisation.name, "role": new.role, "language": new.language}
    record(now, by, "person.add", subject_of(person), detail)
    return person


def subject_of(person: Person) -> str:
    """What the audit calls a person."""
    return f"person:{person.mark}"


@transaction.atomic
def invite(person_id: int, *, by: str, now: datetime) -> str:
    """Send a contact the link to a first password; the token in it. Links sent before are good no more.

    Raises `InvalidInput` for one who can sign in, or is not active.
    """
    person = _locked(person_id)
    if person.standing != Standing.CONTACT:
        raise InvalidInput("person", _("Only somebody who is active and cannot sign in yet is invited."))
    invitation_id, token = invitations.issue(person, invitations.Purpose.INVITE, by=by, now=now)
    # Sealed: what lets one in is nowhere in the database, and goes with the effect once it is done.
    put(INVITED, {"invitation": invitation_id, "sealed": sealed_token(token, invitation_id)}, now)
    record(now, by, "person.invite", subject_of(person))
    return token


@transaction.atomic
def accept(token: str, password: str, now: datetime) -> Person:
    """Use a link's token up: the person can sign in with that password. Raises `InvalidInput`."""
    person, purpose = invitations.use(token, now)
    passwords.judge(password, person)  # a refusal takes the use back with the transaction
    if person.user is None:
        PERSON.check(person.standing, Standing.ACTIVE)
        person.user = get_user_model()(username=person.mark)
        _grant(person)
        person.user.save()
        person.save(update_fields=["user"])
    passwords.store(person, password, keep=None, now=now)
    record(now, actor_of(person), f"person.{purpose.value}-accepted", subject_of(person))
    return person


def ask_reset(email: str, now: datetime) -> None:
    """Send a link to a new password, where that address is of somebody who can sign in.

    Does the same work for any address: how long it takes tells nothing, and neither does the answer.
    """
    person_id = (
        Person.objects.filter(email=email.strip().lower()[:254], active=True, user__isnull=False)
        .values_list("id", flat=True)
        .first()
    )
    put(RESET_ASKED, {"person": person_id}, now)


@transaction.atomic
def set_role(person_id: int, role: str, *, by: str, now: datetime) -> None:
    """Another role of the same organisation; sessions end, so that none keeps the rights of the former."""
    person = _locked(person_id)
    _check_role(role, person.organisation)
    if role == person.role:
        return
    keep_a_manager(person)
    before, person.role = person.role, role
    person.save(update_fields=["role"])
    if person.user is not None:
        _grant(person)
        person.user.save(update_fields=["is_staff", "is_superuser"])
        sign_ins.end_all(person.user.pk, now)
    record(now, by, "person.role", subject_of(person), {"before": before, "after": role})


@transaction.atomic
def deactivate(person_id: int, *, by: str, now: datetime) -> None:
    """Neither signs in nor counts as a known sender any more; sessions and links end."""
    person = _locked(person_id)
    PERSON.check(person.standing, Standing.INACTIVE)
    keep_a_manager(person)
    person.active, person.stopped_at = False, now
    person.save(update_fields=["active", "stopped_at"])
    _stop(person, now)
    record(now, by, "person.deactivate", subject_of(person))


def _stop(person: Person, now: datetime) -> None:
    """In the caller's transaction: no session, no link, no log-in."""
    invitations.withdraw(person.pk, None, now)
    if person.user is not None:
        person.user.is_active = False
        person.user.save(update_fields=["is_active"])
        sign_ins.end_all(person.user.pk, now)


@transaction.atomic
def reactivate(person_id: int, *, by: str, now: datetime) -> None:
    """As before `deactivate`."""
    person = _locked(person_id)
    PERSON.check(person.standing, Standing.ACTIVE if person.user else Standing.CONTACT)
    person.active, person.stopped_at = True, None
    person.save(update_fields=["active", "stopped_at"])
    if person.user is not None:
        person.user.is_active = True
        person.user.save(update_fields=["is_active"])
    record(now, by, "person.reactivate", subject_of(person))


@transaction.atomic
def change(person_id: int, *, name: str, phone: str, language: str, by: str, now: datetime) -> None:
    """Name, phone and language; the audit says which of them changed, and not to what."""
    person = _locked(person_id)
    fields = judged(name, person.email, phone, language)
    changed = [field for field, value in fields.items() if getattr(person, field) != value]
    for field in changed:
        setattr(person, field, fields[field])
    if changed:
        person.save(update_fields=changed)
        record(now, by, "person.change", subject_of(person), {"fields": changed})


def _locked(person_id: int) -> Person:
    rows = Person.objects.select_for_update(of=("self",)).select_related("organisation", "user")
    return rows.get(pk=person_id, erased_at__isnull=True)


def _check_role(role: str, organisation: Organisation) -> None:
    if role not in ROLES_OF[organisation.kind]:
        fitting = ", ".join(sorted(ROLES_OF[organisation.kind]))
        raise InvalidInput("role", _("Expected one of: %(roles)s.") % {"roles": fitting})


def _grant(person: Person) -> None:
    """What Django's administration asks: only managers of ours enter it."""
    assert person.user is not None
    person.user.is_staff = person.user.is_superuser = person.role == Role.VENDOR_MANAGER


def keep_a_manager(person: Person) -> None:
    """Raises `InvalidInput` where without this one nobody could let others in."""
    if person.role != Role.VENDOR_MANAGER or person.user is None:
        return
    # One after another: of two who stop each other at once one stays.
    Organisation.objects.select_for_update().get(pk=person.organisation_id)
    others = Person.objects.filter(role=Role.VENDOR_MANAGER, active=True, user__is_active=True)
    if not others.exclude(pk=person.pk).exists():
        raise InvalidInput("person", _("The last manager who can sign in has to stay one."))
