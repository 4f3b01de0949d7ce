"""Notices to organisations as mails: gathered, at most one mail a day to an organisation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Min
from django.utils import translation
from django.utils.translation import gettext as _

from logix_server.accounts.models import Organisation
from logix_server.config import current
from logix_server.contracts.decisions.terms import local_day
from logix_server.mail.letters import Letter
from logix_server.mail.models import OutgoingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.tickets.correspondence import recipients
from logix_server.tickets.models import Notice

KIND: Final = "notices"
#: Notices that one mail lists; what is more goes with the next day's.
MOST_LISTED: Final = 1_000
_ORGANISATIONS: Final = 100


def mail_notices(now: datetime) -> bool:
    """Periodic job: queue one mail for each organisation whose oldest notice has waited long enough.

    Whoever got one today gets the next tomorrow (days of Istanbul): a customer with 300 refused faults
    reads one mail with a list. Returns whether more organisations wait.
    """
    since = now - timedelta(minutes=current().mail_notices_minutes)
    waiting = (
        Notice.objects.filter(sent_at__isnull=True)
        .values("organisation")
        .annotate(oldest=Min("created_at"))
        .filter(oldest__lte=since)
        .order_by("oldest", "organisation")
    )
    told = 0
    for organisation_id in waiting.values_list("organisation", flat=True):
        if told >= _ORGANISATIONS:
            return True
        told += _mail_organisation(organisation_id, now)
    return False


@transaction.atomic
def _mail_organisation(organisation_id: int, now: datetime) -> bool:
    organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
    day = local_day(now)
    prefix = f"{KIND}:{organisation_id}:{day.isoformat()}"
    if OutgoingMail.objects.filter(key__startswith=f"{prefix}:").exists():
        return False
    notices = list(
        Notice.objects.filter(organisation=organisation, sent_at__isnull=True)
        .select_related("fault__installation", "ticket__installation")
        .order_by("created_at", "id")[:MOST_LISTED]
    )
    people = recipients.of_organisation(organisation)
    if not notices or not people:
        return False  # nobody to tell yet: they wait for an address
    for recipient in people:
        subject, letter = _letter(notices, recipient.language)
        message = Message(recipient.address, KIND, subject, letter, recipient.language, recipient.person_id)
        queue(message, key=f"{prefix}:{recipient.address}"[:200], now=now)
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(sent_at=now)
    return True


def _letter(notices: list[Notice], language: str) -> tuple[str, Letter]:
    with translation.override(language):
        if len(notices) == 1:
            subject = _("A notice about your device")
        else:
            subject = _("%(count)s notices about your devices") % {"count": len(notices)}
        items = [_item(notice, language) for notice in notices]
        return subject, Letter(subject, items=items)


def _item(notice: Notice, language: str) -> str:
    about = notice.fault or notice.ticket
    place = f"{about.installation.name}: " if about is not None else ""
    clauses = f" ({', '.join(notice.clauses)})" if notice.clauses else ""
    return f"{place}{notice.text.get(language, '')}{clauses}"
