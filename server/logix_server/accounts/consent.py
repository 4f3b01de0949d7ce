"""What a customer lets its dealer see: given and withdrawn by the customer, and never deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.models import DealerConsent, Organisation
from logix_server.accounts.rights import Right, require
from logix_server.audit.actions import record


def give(viewer: Viewer, now: datetime) -> None:
    """The customer of `viewer` lets its dealer see its devices and tickets. Raises `InvalidInput`."""
    require(viewer, Right.GIVE_CONSENT)
    give_for(viewer.organisation_id, by=viewer.actor, now=now)


def withdraw(viewer: Viewer, now: datetime) -> None:
    """The customer of `viewer` lets its dealer see nothing any more, from this moment on."""
    require(viewer, Right.GIVE_CONSENT)
    withdraw_for(viewer.organisation_id, by=viewer.actor, now=now)


@transaction.atomic
def give_for(customer_id: int, *, by: str, now: datetime, why: str = "") -> None:
    """As `give`, for a customer who has said so elsewhere: `why` says where. Twice is once."""
    customer = _locked(customer_id)
    if customer.dealer is None:
        raise InvalidInput("dealer", _("No dealer serves this customer."))
    standing = DealerConsent.objects.filter(
        customer=customer, dealer=customer.dealer, withdrawn_at__isnull=True
    )
    if standing.exists():
        return
    DealerConsent.objects.create(customer=customer, dealer=customer.dealer, given_by=by, given_at=now)
    detail = _detail(customer.dealer, why)
    record(now, by, "consent.give", f"organisation:{customer.name}", detail)


@transaction.atomic
def withdraw_for(customer_id: int, *, by: str, now: datetime, why: str = "") -> None:
    """As `withdraw`; every consent of this customer ends, whichever dealer it was given to."""
    customer = _locked(customer_id)
    _end(DealerConsent.objects.filter(customer=customer), by, why, now)


def end_for_former(customer: Organisation, *, by: str, now: datetime) -> None:
    """In the caller's transaction: what was agreed with a dealer that is the customer's no more is over."""
    former = DealerConsent.objects.filter(customer=customer).exclude(dealer_id=customer.dealer_id or 0)
    _end(former, by, "another dealer", now)


def _end(consents: QuerySet[DealerConsent], by: str, why: str, now: datetime) -> None:
    standing = consents.select_related("customer", "dealer").filter(withdrawn_at__isnull=True)
    for row in standing.select_for_update(of=("self",)):
        row.withdrawn_by, row.withdrawn_at = by, now
        row.save(update_fields=["withdrawn_by", "withdrawn_at"])
        record(now, by, "consent.withdraw", f"organisation:{row.customer.name}", _detail(row.dealer, why))


def _detail(dealer: Organisation, why: str) -> dict[str, str]:
    return {"dealer": dealer.name} | ({"why": why} if why else {})


def _locked(customer_id: int) -> Organisation:
    row = Organisation.objects.select_for_update(of=("self",)).select_related("dealer").filter(pk=customer_id)
    customer = row.filter(kind=Organisation.Kind.CUSTOMER).first()
    if customer is None:
        raise InvalidInput("customer", _("Only a customer lets its dealer see."))
    return customer
