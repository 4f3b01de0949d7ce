"""People as pages show them: the own profile, those whom somebody manages, the dealer's consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.managing import managed
from logix_server.accounts.models import DealerConsent, Invitation, Organisation, Person
from logix_server.accounts.queries import actor_names
from logix_server.accounts.rights import ROLES_OF, Right, Role, require


@dataclass(frozen=True)
class PersonRow:
    """A person to show. `invited_until`: an open link is good so long, None = there is none."""

    mark: str
    name: str
    email: str
    phone: str
    language: str
    organisation: str
    organisation_kind: str
    role: str
    standing: str  # lifecycle.Standing
    second_factor: bool
    invited_until: datetime | None


@dataclass(frozen=True)
class PeopleFilter:
    """Which people; "" = all of them. `text` is looked for in names and mail addresses."""

    text: str = ""
    organisation: str = ""
    role: str = ""


@dataclass(frozen=True)
class ConsentRow:
    """One consent to show; `given_by` and `withdrawn_by` are names, or actors that are no person."""

    customer: str
    dealer: str
    given_by: str
    given_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class ConsentPage:
    """What a customer lets its dealer see; `dealer` "" where none serves it."""

    dealer: str
    stands: bool
    history: list[ConsentRow]


def people_of(
    viewer: Viewer, wanted: PeopleFilter, now: datetime, *, limit: int, offset: int = 0
) -> tuple[list[PersonRow], int]:
    """The people whom `viewer` manages, by name: one page, and how many there are."""
    rows = Person.objects.filter(managed(viewer))
    if wanted.text:
        rows = rows.filter(Q(name__icontains=wanted.text) | Q(email__icontains=wanted.text))
    if wanted.organisation:
        rows = rows.filter(organisation__name__icontains=wanted.organisation)
    if wanted.role:
        rows = rows.filter(role=wanted.role)
    return _rows(rows.order_by("name", "id")[offset : offset + limit], now), rows.count()


def person_of(viewer: Viewer, mark: str, now: datetime) -> PersonRow:
    """One of the people whom `viewer` manages. Raises `NotFound`, `Forbidden`."""
    found = _rows(Person.objects.filter(managed(viewer), mark=mark), now)
    if not found:
        raise NotFound("person")
    return found[0]


def profile_of(viewer: Viewer, now: datetime) -> PersonRow:
    """The viewer's own row. Raises `NotFound` for an operator, who is no person."""
    found = _rows(Person.objects.filter(pk=viewer.person_id), now)
    if not found:
        raise NotFound("person")
    return found[0]


def roles_for(viewer: Viewer, organisation_kind: str) -> list[Role]:
    """The roles that `viewer` may give to people of such an organisation."""
    require(viewer, Right.MANAGE_OWN_PEOPLE)
    return sorted(ROLES_OF.get(organisation_kind, ()))


def _rows(people: QuerySet[Person], now: datetime) -> list[PersonRow]:
    rows = list(people.select_related("organisation", "user__second_factor"))
    open_links = Invitation.objects.filter(
        person__in=[row.pk for row in rows],
        purpose=Invitation.Purpose.INVITE,
        state=Invitation.State.OPEN,
        expires_at__gt=now,
    )
    until = dict(open_links.values_list("person_id", "expires_at"))
    return [_row(row, until.get(row.pk)) for row in rows]


def _row(row: Person, invited_until: datetime | None) -> PersonRow:
    factor = getattr(row.user, "second_factor", None) if row.user else None
    return PersonRow(
        row.mark,
        row.name,
        row.email,
        row.phone,
        row.language,
        row.organisation.name,
        row.organisation.kind,
        row.role,
        row.standing.value,
        factor is not None and factor.confirmed_at is not None,
        invited_until,
    )


def consent_of(viewer: Viewer) -> ConsentPage:
    """What the customer of `viewer` lets its dealer see."""
    require(viewer, Right.GIVE_CONSENT)
    customer = Organisation.objects.select_related("dealer").get(pk=viewer.organisation_id)
    standing = DealerConsent.objects.filter(
        customer=customer, dealer=customer.dealer, withdrawn_at__isnull=True
    ).exists()
    return ConsentPage(customer.dealer.name if customer.dealer else "", standing, consents(customer.pk))


def consents(customer_id: int | None = None, *, limit: int = 100, offset: int = 0) -> list[ConsentRow]:
    """Consents, newest first: of one customer, or all."""
    rows = DealerConsent.objects.select_related("customer", "dealer").order_by("-given_at", "-id")
    rows = rows.filter(customer_id=customer_id) if customer_id else rows
    page = list(rows[offset : offset + limit])
    names = actor_names({one for row in page for one in (row.given_by, row.withdrawn_by)})
    return [
        ConsentRow(
            row.customer.name,
            row.dealer.name,
            names.get(row.given_by, row.given_by),
            row.given_at,
            names.get(row.withdrawn_by, row.withdrawn_by),
            row.withdrawn_at,
        )
        for row in page
    ]
