"""The words of mails about tickets, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from logix_server.config import current
from logix_server.contracts import wording
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.terms import ISTANBUL, Package
from logix_server.mail.letters import Letter
from logix_server.tickets.models import Ticket


def opened(ticket: Ticket, language: str) -> tuple[str, Letter]:
    """(subject, letter): the number, the level with its PRI rows, the deadline or why there is none."""
    with translation.override(language):
        heading = _("Your ticket %(number)s is open") % {"number": ticket.number}
        first = _("We have opened a ticket for your device and will answer you.")
        closing = _no_deadline(ticket) if ticket.deadline is None else ()
        letter = Letter(
            heading, (first,), _rows(ticket, language), closing=closing, link=link(ticket), answerable=True
        )
        return _subject(ticket, language), letter


def answered(
    ticket: Ticket, text: str, language: str, *, files: Sequence[str], solved: bool
) -> tuple[str, Letter]:
    """Our answer to the customer."""
    with translation.override(language):
        heading = _("Answer to your ticket %(number)s") % {"number": ticket.number}
        closing = [attached(files, language)] if files else []
        if solved:
            closing.append(_solved())
        letter = Letter(heading, [text], closing=closing, link=link(ticket), answerable=True)
        return _subject(ticket, language), letter


def attached(names: Sequence[str], language: str) -> str:
    """Which files came."""
    with translation.override(language):
        return _("Attached to the ticket: %(names)s") % {"names": ", ".join(names)}


def customer_wrote(ticket: Ticket, text: str, who: str, language: str) -> tuple[str, Letter]:
    """The customer's message, to those of ours who work on the ticket."""
    with translation.override(language):
        heading = _("%(who)s wrote about ticket %(number)s") % {"who": who, "number": ticket.number}
        note = _("What you answer to this mail goes to the customer as your public answer.")
        letter = Letter(heading, (), _rows(ticket, language), quote=text, closing=[note], link=link(ticket))
        return _subject(ticket, language), letter


def for_engineers(ticket: Ticket, language: str, *, assigned: bool) -> tuple[str, Letter]:
    """A new ticket, or one that is yours now."""
    with translation.override(language):
        words = _("Ticket %(number)s is yours") if assigned else _("New ticket %(number)s")
        letter = Letter(words % {"number": ticket.number}, (), _rows(ticket, language), link=link(ticket))
        return _subject(ticket, language), letter


def waiting(ticket: Ticket, language: str) -> tuple[str, Letter]:
    """We wait for the customer."""
    with translation.override(language):
        heading = _("Ticket %(number)s waits for you") % {"number": ticket.number}
        words = _("We need an answer from you to go on. Until then the ticket waits.")
        return _subject(ticket, language), Letter(heading, [words], link=link(ticket), answerable=True)


def solved(ticket: Ticket, language: str) -> tuple[str, Letter]:
    """The ticket is solved."""
    with translation.override(language):
        heading = _("Ticket %(number)s is solved") % {"number": ticket.number}
        return _subject(ticket, language), Letter(heading, [_solved()], link=link(ticket), answerable=True)


def which_device(subject: str, serials: Sequence[str], language: str) -> tuple[str, Letter]:
    """Asks for the serial."""
    with translation.override(language):
        words = [
            _("We have received your mail. Which device is it about?"),
            _(
                "Please answer this mail with the serial number of the device;"
                " your ticket counts from the arrival of your first mail."
            ),
        ]
        letter = Letter(_("Which device is it about?"), words, items=serials)
        return subject or _("Your mail to the support desk"), letter


def refused(subject: str, reasons: Sequence[Reason], language: str, *, warranty: bool) -> tuple[str, Letter]:
    """Why the contract gives no ticket, clause by clause; what warranty may still cover is looked at."""
    with translation.override(language):
        words = [_("We have received your mail, but no ticket could be opened for it.")]
        items = [f"{wording.sentence(reason, language)} ({reason.clause})" for reason in reasons]
        closing = []
        if warranty:
            closing.append(
                _(
                    "The hardware of the device is under warranty (WAR-1): an engineer looks"
                    " whether your mail is about a hardware fault."
                )
            )
        letter = Letter(_("No ticket was opened"), words, items=items, closing=closing)
        return subject or _("Your mail to the support desk"), letter


def gathered(ticket: Ticket, language: str) -> str:
    """A ticket's opening in one sentence, for a mail that tells of many."""
    with translation.override(language):
        named = {"number": ticket.number, "subject": _subject(ticket, language), "level": ticket.level}
        said = _("Ticket %(number)s of level %(level)s was opened: %(subject)s.") % named
        if ticket.deadline is None:
            return " ".join([said, *_no_deadline(ticket)])
        due = _with_clauses(moment(ticket.deadline), ticket.deadline_clauses)
        return f"{said} {_('We answer by')} {due}."


def _rows(ticket: Ticket, language: str) -> list[tuple[str, str]]:
    level = f"{ticket.level} ({_level_name(ticket.level)})"
    rows = [
        (_("Ticket"), ticket.number),
        (_("Device"), f"{ticket.unit.serial} ({ticket.installation.name})"),
        (_("Subject"), ticket.subject.get(language, "")),
        (_("Level"), _with_clauses(level, ticket.level_clauses)),
        (_("Package"), wording.PACKAGE_NAMES[Package(ticket.package)] if ticket.package else "-"),
    ]
    if ticket.deadline is not None:
        rows.append((_("We answer by"), _with_clauses(moment(ticket.deadline), ticket.deadline_clauses)))
    return rows


def _no_deadline(ticket: Ticket) -> list[str]:
    cited = ", ".join(ticket.deadline_clauses) or "SUP-7"
    return [
        _(
            "For this ticket your contract sets no committed response time (%(clauses)s);"
            " it is taken up in the order of its level (SUP-7)."
        )
        % {"clauses": cited}
    ]


def _solved() -> str:
    return _("We regard the problem as solved. If it is not, answer within 14 days and the ticket goes on.")


def _level_name(level: int) -> str:
    return {1: _("critical"), 2: _("medium"), 3: _("low")}[level]


def _with_clauses(words: str, clauses: Sequence[str]) -> str:
    return f"{words}: {', '.join(clauses)}" if clauses else words


def _subject(ticket: Ticket, language: str) -> str:
    return str(ticket.subject.get(language) or ticket.unit.serial)


def moment(at: datetime) -> str:
    """A moment in Istanbul, in the language that is active."""
    return date_format(at.astimezone(ISTANBUL), "j F Y l, H:i")


def link(ticket: Ticket) -> str:
    """The ticket's page; "" where the pages have no address that a mail could name (`web_origin`)."""
    origin = current().web_origin
    return f"{origin}/tickets/{ticket.number}/" if origin else ""
