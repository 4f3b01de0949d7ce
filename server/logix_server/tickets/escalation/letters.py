"""What those who are told of an unanswered ticket read, in Turkish and English."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop

from logix_server.config import current
from logix_server.contracts import wording
from logix_server.contracts.decisions.terms import Package
from logix_server.tickets.models import Ticket

_DUE = gettext_noop("%(number)s, level %(level)s, %(package)s: %(subject)s (%(serial)s). Answer by %(due)s.")
_MISSED = gettext_noop(
    "%(number)s, level %(level)s, %(package)s: %(subject)s (%(serial)s). Not answered; was due by %(due)s."
)
_OPEN = gettext_noop("%(number)s, level %(level)s, %(package)s: %(subject)s (%(serial)s). Not answered yet.")


def page_text(ticket: Ticket, package: str, now: datetime) -> dict[str, str]:
    """The line that a page carries: {"tr": ..., "en": ...}."""
    texts = {}
    for language in wording.LANGUAGES:
        with translation.override(language):
            texts[language] = gettext(_message(ticket, now)) % _words(ticket, language, package)
    return texts


def mail_subject(ticket: Ticket, percent: int, language: str) -> str:
    """The subject of the mail of a step."""
    with translation.override(language):
        if percent >= 100:
            return gettext("Response time missed: %(subject)s") % _words(ticket, language)
        return gettext("%(percent)d %% of the response time used: %(subject)s") % (
            _words(ticket, language) | {"percent": percent}
        )


def mail_body(ticket: Ticket, package: str, now: datetime, language: str) -> str:
    """The text of the mail of a step, with the clauses of the deadline."""
    with translation.override(language):
        told = gettext(_message(ticket, now)) % _words(ticket, language, package)
        clauses = gettext("Clauses: %(clauses)s") % {"clauses": ", ".join(ticket.deadline_clauses)}
    link = f"{current().origin}/tickets/{ticket.number}/"
    return "\n\n".join([told, clauses, link] if ticket.deadline_clauses else [told, link])


def nobody_subject(ticket: Ticket, language: str) -> str:
    """The subject of the mail to managers where nobody acknowledged a page."""
    with translation.override(language):
        return gettext("Nobody has acknowledged the page: %(subject)s") % _words(ticket, language)


def _message(ticket: Ticket, now: datetime) -> str:
    if ticket.deadline is None:
        return _OPEN
    return _MISSED if now > ticket.deadline else _DUE


def _words(ticket: Ticket, language: str, package: str = "") -> dict[str, Any]:
    subject = ticket.subject.get(language) or next(iter(ticket.subject.values()), "")
    due = date_format(localtime(ticket.deadline), "j F H:i") if ticket.deadline else ""
    return {
        "number": ticket.number,
        "level": ticket.level,
        "package": wording.PACKAGE_NAMES[Package(package)] if package else "-",
        "subject": subject[:120],
        "serial": ticket.unit.serial,
        "due": due,
    }
