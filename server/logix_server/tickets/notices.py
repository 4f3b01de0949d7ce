"""What customers and dealers are told; rows here, sending is a later effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils import translation
from logix_common.findings import title_of

from logix_server.accounts.models import Organisation
from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.contracts.decisions.coverage import Reason
from logix_server.health.actions import record_coverage
from logix_server.health.models import Fault
from logix_server.tickets.events import ACTOR
from logix_server.tickets.models import Notice

NOT_COVERED: Final = "fault-not-covered"
#: Refused faults of one unit that a customer is told of in a day; the page and the audit show all.
MOST_A_DAY: Final = 20
DAY: Final = timedelta(days=1)


def refuse(fault: Fault, reasons: Sequence[Reason], now: datetime) -> None:
    """No ticket: the fault keeps the reason, customer and dealer are told once, the audit says so."""
    clauses = list(dict.fromkeys(reason.clause for reason in reasons))
    if fault.covered is False and fault.clauses == clauses:
        return  # refused before, and nothing has changed
    reason = wording.sentences(reasons)
    record_coverage(fault.id, covered=False, clauses=clauses, reason=reason)
    record(now, ACTOR, "fault.refused", f"fault:{fault.id}", {"clauses": clauses, "reason": reason})
    if _told_enough(fault, now):
        return
    text = _text(fault, reason)
    rows = [
        Notice(
            key=f"{NOT_COVERED}:{fault.id}:{organisation.id}",
            organisation=organisation,
            fault=fault,
            kind=NOT_COVERED,
            text=text,
            clauses=clauses,
            created_at=now,
        )
        for organisation in _told(fault)
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _told_enough(fault: Fault, now: datetime) -> bool:
    """Whether the customer heard of this unit so often today that one more letter helps nobody."""
    customer = fault.installation.customer_id
    today = Notice.objects.filter(kind=NOT_COVERED, organisation_id=customer, created_at__gt=now - DAY)
    return today.filter(fault__unit_id=fault.unit_id).count() >= MOST_A_DAY


def _told(fault: Fault) -> list[Organisation]:
    customer = fault.installation.customer
    return [customer, customer.dealer] if customer.dealer else [customer]


def _text(fault: Fault, reason: Mapping[str, str]) -> dict[str, str]:
    text = {}
    for language in wording.LANGUAGES:
        with translation.override(language):
            text[language] = translation.gettext(
                "A fault was found on device %(serial)s: %(fault)s (%(part)s). No ticket was opened."
                " %(reason)s"
            ) % {
                "serial": fault.unit.serial,
                "fault": title_of(fault.code, language),
                "part": fault.part,
                "reason": reason[language],
            }
    return text
