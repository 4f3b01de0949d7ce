"""Who is told of a ticket by mail: the people who wrote about it, or else the organisation's contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logix_server.accounts.models import DealerConsent, Organisation, Person
from logix_server.accounts.rights import Role
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.models import Ticket, TicketEvent

_CONTACT: Final = "contact:"
_MOST: Final = 20


@dataclass(frozen=True)
class Recipient:
    """Where a mail goes, and in which language."""

    address: str
    language: str
    person_id: int | None = None


def of_person(person: Person) -> Recipient:
    """A person's own address."""
    return Recipient(person.email, person.language, person.pk)


def of_ticket(ticket: Ticket) -> list[Recipient]:
    """Reporter and who else of the customer's side wrote; where nobody has, the customer's contacts."""
    wrote = TicketEvent.objects.filter(
        ticket=ticket, kind=EventKind.MESSAGE.value, actor__startswith=_CONTACT
    ).values_list("actor", flat=True)
    marks = {actor.removeprefix(_CONTACT) for actor in wrote.distinct()[:_MOST]}
    people = Person.objects.filter(active=True, erased_at__isnull=True).exclude(organisation__kind="vendor")
    found = {person.pk: person for person in people.filter(mark__in=marks).order_by("id")}
    if ticket.reporter_id and (reporter := people.filter(pk=ticket.reporter_id).first()):
        found = {reporter.pk: reporter} | found
    # A dealer whose customer has withdrawn its consent wrote once and is told no more.
    seen = [person for person in found.values() if _may_see(person, ticket)]
    return [of_person(person) for person in seen] or of_organisation(ticket.installation.customer)


def of_organisation(organisation: Organisation) -> list[Recipient]:
    """The organisation's address; without one the people who answer for it."""
    if organisation.email:
        return [Recipient(organisation.email.lower(), organisation.language)]
    answering = organisation.people.filter(
        role__in=(Role.CUSTOMER_ADMINISTRATOR.value, Role.DEALER.value), active=True, erased_at__isnull=True
    )
    return [of_person(person) for person in answering.order_by("id")[:_MOST]]


def consenting_dealer(customer: Organisation) -> Organisation | None:
    """The dealer that the customer lets see its tickets."""
    standing = DealerConsent.objects.filter(
        customer=customer, dealer=customer.dealer_id, withdrawn_at__isnull=True
    )
    return customer.dealer if customer.dealer_id and standing.exists() else None


def _may_see(person: Person, ticket: Ticket) -> bool:
    customer = ticket.installation.customer
    if person.organisation_id == customer.pk:
        return True
    dealer = consenting_dealer(customer)
    return dealer is not None and dealer.pk == person.organisation_id
