"""Who looks, and what of all customers' rows that person may see: every query of people's pages asks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from logix_server.accounts.models import DealerConsent, Organisation, Person
from logix_server.accounts.refusals import Forbidden, NotFound
from logix_server.accounts.rights import VENDOR, Role

__all__ = ["Forbidden", "NotFound", "Viewer", "actor_of", "operator", "scope", "viewer", "viewer_of"]


@dataclass(frozen=True)
class Viewer:
    """A person who looks or acts, as far as every slice may know."""

    person_id: int
    organisation_id: int
    role: str  # accounts.models.Person.Role
    language: str
    #: In audit and histories: "user:MARK" of ours, else "contact:MARK". Tells nothing of the person once
    #: its row is erased; `accounts.queries.actor_names` has the names to show.
    actor: str
    name: str = ""  # to greet with

    @property
    def vendor(self) -> bool:
        """One of ours: sees every customer."""
        return self.role in VENDOR


def viewer_of(user: Any) -> Viewer | None:
    """The viewer behind a signed-in user; None for one without a person, or whose person is not active."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    person = Person.objects.filter(user_id=user.pk, active=True, erased_at__isnull=True).first()
    return viewer(person) if person else None


def viewer(person: Person) -> Viewer:
    """The viewer that a person is."""
    return Viewer(
        person.pk, person.organisation_id, person.role, person.language, actor_of(person), person.name
    )


def operator(actor: str) -> Viewer:
    """The viewer that an operator on the server's own command line is: sees and may all, and is no person.

    `actor` is "operator:NAME" (`console.operator`).
    """
    return Viewer(0, 0, Role.VENDOR_MANAGER, "en", actor)


def actor_of(person: Person) -> str:
    """Who a person is in audit and histories: a mark, and never a name or an address."""
    # Histories count only a "user" as somebody of ours who answers (`tickets.decisions.history.by_person`).
    kind = "user" if person.role in VENDOR else "contact"
    return f"{kind}:{person.mark}"


def scope(viewer: Viewer, path: str) -> Q:
    """What limits rows to the customers that `viewer` may see.

    `path` leads from the row to its customer ("installation__customer"). Ours see all; a customer's
    people their own; a dealer's people the customers it serves that have agreed, as long as they do.
    """
    if viewer.vendor:
        return Q()
    if viewer.role == Person.Role.DEALER:
        agreed = DealerConsent.objects.filter(
            dealer_id=viewer.organisation_id, withdrawn_at__isnull=True, customer_id=OuterRef(f"{path}_id")
        )
        return Q(Exists(agreed), **{f"{path}__dealer_id": viewer.organisation_id})
    return Q(**{f"{path}_id": viewer.organisation_id, f"{path}__kind": Organisation.Kind.CUSTOMER})
