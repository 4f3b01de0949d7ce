"""What the customer reads by mail of a replacement: what was decided and why, what is sent, what is owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.mail.letters import Letter
from logix_server.replacements.lifecycle import Course, ReplacementState
from logix_server.tickets.correspondence import wording_of_mails
from logix_server.tickets.correspondence.telling import Words
from logix_server.tickets.models import Ticket

#: Of the mails' own kind, as `mail list` shows it.
KIND: Final = "replacement"
_HEADINGS: Final[Mapping[str, str]] = {
    ReplacementState.CONFIRMED.value: N_("Replacement %(number)s is confirmed"),
    ReplacementState.REFUSED.value: N_("Replacement %(number)s is refused"),
    ReplacementState.SHIPPED.value: N_("Replacement %(number)s is on its way to you"),
}


def words_of(said: Mapping[str, Any]) -> Words | None:
    """The words for a step whose history entry says `said`; None for one that only the ticket's page tells.

    WAR-7: the customer is told of a confirmation as of a refusal, with the cause and the clauses.
    """
    heading = _HEADINGS.get(str(said["state"]))
    if heading is None:
        return None

    def words(ticket: Ticket, language: str) -> tuple[str, Letter]:
        with translation.override(language):
            subject = _(heading) % {"number": said["replacement"]}
            letter = Letter(
                subject,
                _paragraphs(said, language),
                _rows(ticket, said),
                closing=_closing(said),
                link=wording_of_mails.link(ticket),
                answerable=True,
            )
            return subject, letter

    return words


def _paragraphs(said: Mapping[str, Any], language: str) -> list[str]:
    told = []
    if found := said.get("found"):
        told.append(_("What our engineer found: %(found)s") % {"found": found})
    if why := said.get("reason", {}).get(language):
        told.append(f"{why} ({', '.join(said['clauses'])})")
    return told


def _rows(ticket: Ticket, said: Mapping[str, Any]) -> list[tuple[str, str]]:
    part = str(said["part"])
    rows = [
        (_("Ticket"), ticket.number),
        (_("Device"), f"{ticket.unit.serial} ({ticket.installation.name})"),
        (_("What is replaced"), part.partition(":")[2] or part),
    ]
    sent = " ".join(str(said[name]) for name in ("carrier", "tracking") if said.get(name))
    return [*rows, (_("Shipment"), sent)] if sent else rows


def _closing(said: Mapping[str, Any]) -> list[str]:
    if due := said.get("return_due_on"):
        day = date_format(date.fromisoformat(str(due)))
        return [_("Please send the faulty one back by %(day)s.") % {"day": day}]
    if said.get("course") == Course.RETURN_FIRST:
        return [
            _("Please send the faulty one to our support centre first (WAR-10); we tell you what follows.")
        ]
    return []
