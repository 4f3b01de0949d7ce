"""Organisations and administrators, each with its audit record in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.bulk import is_mail
from logix_server.accounts.consent import end_for_former
from logix_server.accounts.models import Organisation, Person
from logix_server.accounts.rights import Role
from logix_server.accounts.sign_in.passwords import judge, store
from logix_server.audit.actions import record
from logix_server.config import current


def add_organisation(
    kind: str, name: str, *, by: str, now: datetime, email: str = "", dealer: str = "", language: str = "tr"
) -> Organisation:
    """A new customer or dealer; `dealer` is the name of the dealer that serves a customer.

    Raises `InvalidInput` for a name that is taken, an address that is none, an unknown dealer.
    """
    name = name.strip()
    _check_organisation(kind, name, email, language)
    with transaction.atomic():
        serving = _dealer(dealer) if dealer else None
        if serving is not None and kind != Organisation.Kind.CUSTOMER:
            raise InvalidInput("dealer", "only a customer has a dealer")
        fields = {"kind": kind, "email": email, "language": language, "dealer": serving, "created_at": now}
        organisation, new = Organisation.objects.get_or_create(name=name, defaults=fields)
        if not new:
            raise InvalidInput("name", f"{name!r} is there already (a {organisation.kind})")
        detail = {"kind": kind, "email": email, "dealer": dealer, "language": language}
        record(now, by, "organisation.add", f"organisation:{name}", detail)
        return organisation


def _check_organisation(kind: str, name: str, email: str, language: str) -> None:
    if not name or len(name) > 200:
        raise InvalidInput("name", "expected 1 to 200 characters")
    if kind not in Organisation.Kind.values or language not in Organisation.Language.values:
        raise InvalidInput("kind, language", f"unknown: {kind}, {language}")
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise InvalidInput("email", f"expected a mail address, got {email!r}") from error


def save_organisation(organisation: Organisation, changed: Iterable[str], *, by: str, now: datetime) -> None:
    """Write an organisation as a form filled it in: a new one, or what `changed` names of one on record.

    The form has judged each field by itself. Raises `InvalidInput` where a dealer does not fit.
    """
    if not organisation.dealer_fits:
        raise InvalidInput("dealer", "only a customer has a dealer")
    new = organisation.pk is None
    with transaction.atomic():
        if new:
            organisation.created_at = now
        organisation.save()
        end_for_former(organisation, by=by, now=now)
        told = {name: str(getattr(organisation, name) or "") for name in changed}
        action = "organisation.add" if new else "organisation.change"
        record(now, by, action, f"organisation:{organisation.name}", told)


def _dealer(name: str) -> Organisation:
    dealer = Organisation.objects.filter(name=name, kind=Organisation.Kind.DEALER).first()
    if dealer is None:
        raise InvalidInput("dealer", f"no dealer is called {name!r}; see `customer list --kind dealer`")
    return dealer


def ensure_vendor(name: str, *, by: str, now: datetime) -> Organisation:
    """The vendor's own organisation; made where there is none."""
    vendor = Organisation.objects.filter(kind=Organisation.Kind.VENDOR).first()
    return vendor or add_organisation(Organisation.Kind.VENDOR, name, by=by, now=now)


def set_administrator(
    name: str, password: str, *, by: str, now: datetime, email: str = "", vendor: str = "Logix"
) -> None:
    """A manager of ours of that user name with that password; one that is there gets the password.

    Known by `email`, by default NAME at the trust domain. Raises `InvalidInput`, also for a password that
    the rules refuse.
    """
    if not name or len(name) > 150:
        raise InvalidInput("admin", "expected a name of 1 to 150 characters")
    address = email or (name if "@" in name else f"{name}@{current().trust_domain}")
    if not is_mail(address.lower()):
        raise InvalidInput("admin-email", f"expected a mail address, got {address!r}; name one")
    with transaction.atomic():
        organisation = ensure_vendor(vendor, by=by, now=now)
        user, new = get_user_model().objects.get_or_create(username=name)
        person = Person.objects.filter(user=user).first() or Person(
            organisation=organisation, role=Role.VENDOR_MANAGER, name=name, email=address.lower(), user=user
        )
        judge(password, person)
        if person.pk is None:
            _add_manager(person, now)
        user.is_staff = user.is_superuser = user.is_active = True
        user.save()
        store(person, password, keep=None, now=now)
        record(now, by, "administrator.set", f"person:{person.mark}", {"new": new})


def _add_manager(person: Person, now: datetime) -> None:
    if Person.objects.filter(email=person.email).exists():
        raise InvalidInput("admin-email", f"{person.email} is somebody's already")
    person.created_at = now
    person.save()
