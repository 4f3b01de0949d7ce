"""A ticket's history for those whose ticket it is: plain sentences, nothing that is not named here.

Who of ours did something is not told: it is the support desk that answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.portal import words
from logix_server.portal.ticket.history import answers_in_words
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.reading import File, Line

Detail = Mapping[str, Any]
_Told = Sequence[str]

STATE_SENTENCES: Final = {
    "new": N_("We have your ticket; an engineer will take it up."),
    "open": N_("An engineer works on it."),
    "waiting": N_("We wait for an answer from you. Write a message, and the work goes on."),
    "workaround": N_("A workaround is in place; the work goes on until the permanent fix (SUP-4)."),
    "solved": N_("It is solved. If it is not, say so within 14 days, and the work goes on."),
    "closed": N_("It is closed. A message about it opens a new ticket that follows this one."),
}
REPLACEMENTS: Final = {
    "requested": N_("A replacement is asked for (%(part)s). An engineer confirms the fault first (WAR-7)."),
    "confirmed": N_("The replacement is confirmed (%(part)s)."),
    "refused": N_("The replacement is refused (%(part)s)."),
    "withdrawn": N_("The replacement is no longer wanted (%(part)s)."),
    "shipped": N_("The replacement is on its way to you (%(part)s)."),
    "received": N_("What was faulty has arrived at the support centre (%(part)s)."),
    "fitted": N_("It is repaired or replaced (%(part)s)."),
    "closed": N_("The replacement is completed (%(part)s)."),
}
VISITS: Final = {
    "requested": N_("A service visit is asked for; we agree on a time with you."),
    "refused": N_("A service visit is not given."),
    "agreed": N_("A service visit is agreed."),
    "done": N_("The service visit has taken place."),
    "cancelled": N_("The service visit does not take place."),
}


@dataclass(frozen=True)
class Entry:
    """One event. `ours`: the support desk's; `said`: the very words of whoever wrote."""

    id: int
    at: datetime
    by: str
    ours: bool
    sentences: _Told
    said: str
    clauses: Sequence[str]
    files: Sequence[File]


def entries(lines: Sequence[Line]) -> list[Entry]:
    """What is to be told, oldest first; an event that says nothing to a customer is left out."""
    found = []
    for line in lines:
        tell = _SENTENCES.get(line.kind)
        told = tell(line.detail) if tell else []
        if told or line.text or line.files:
            by = _by(line)
            clauses = tuple(map(str, line.detail.get("clauses", ())))
            found.append(Entry(line.id, line.at, by, line.ours, told, line.text, clauses, line.files))
    return found


def _by(line: Line) -> str:
    if line.ours:
        return _("Logix support")
    return line.by or words.machine(line.actor)


def _opened(detail: Detail) -> _Told:
    named = {
        "origin": words.called(words.ORIGINS, detail.get("origin", "device")),
        "level": words.called(words.LEVELS, detail.get("level")),
    }
    return [_("The ticket was opened %(origin)s, at level %(level)s.") % named]


def _answer(_detail: Detail) -> _Told:
    return [_("We answered:")]


def _message(detail: Detail) -> _Told:
    if number := detail.get("written_to"):
        return [_("Message, written to %(number)s:") % {"number": number}]
    return [_("Message:")]


def _state(detail: Detail) -> _Told:
    told = [words.called(STATE_SENTENCES, detail.get("state"))]
    if owner := detail.get("system_owner"):
        told.append(_("%(name)s knows of the workaround.") % {"name": owner})
    return told


def _level(detail: Detail) -> _Told:
    named = {
        "before": words.called(words.LEVELS, detail.get("before")),
        "after": words.called(words.LEVELS, detail.get("level")),
    }
    told = [_("The level changed from %(before)s to %(after)s.") % named]
    return [*told, str(detail["reason"])] if detail.get("reason") else told


def _field(detail: Detail) -> _Told:
    if detail.get("field") == "level_answers":
        after = detail.get("after")
        said = answers_in_words(after if isinstance(after, Mapping) else {})
        return [_("The questions about the level were answered:"), *(f"{text} ({row})" for row, text in said)]
    if detail.get("field") == "urgent" and detail.get("after"):
        return [_("The ticket is urgent: redundancy is lost (PRI-4).")]
    return []


def _attached(_detail: Detail) -> _Told:
    return [_("Files were attached:")]


def _merged(detail: Detail) -> _Told:
    if into := detail.get("into"):
        return [_("It goes on in %(number)s.") % {"number": into}]
    return [_("%(number)s goes on here.") % {"number": detail.get("from", "")}]


def _followed(detail: Detail) -> _Told:
    return [_("It goes on with the new ticket %(number)s.") % {"number": detail.get("by", "")}]


def _reason(detail: Detail) -> list[str]:
    reason = detail.get("reason")
    return [words.said(reason)] if isinstance(reason, Mapping) and reason else []


def _replacement(detail: Detail) -> _Told:
    state, part = detail.get("state"), str(detail.get("part", ""))
    if state not in REPLACEMENTS:
        return []
    said = words.called(REPLACEMENTS, state) % {"part": _part(part)}
    told = [f"{detail.get('replacement', '')} · {said}"]
    sent = " ".join(str(detail[name]) for name in ("carrier", "tracking") if detail.get(name))
    due = parse_date(str(detail.get("return_due_on", "")))
    told += [sent] if sent else []
    told += [_("Please send the faulty one back by %(day)s.") % {"day": date_format(due)}] if due else []
    return [*told, *_reason(detail)]


def _part(part: str) -> str:
    """ "disk:WD-1" as people say it; of a whole unit its serial."""
    kind, _colon, name = part.partition(":")
    return f"{words.called(words.COMPONENTS, kind)} {name}" if kind in words.COMPONENTS else name or part


def _visit(detail: Detail) -> _Told:
    state = detail.get("state")
    if state not in VISITS:
        return []
    told = [f"{detail.get('visit', '')} · {words.called(VISITS, state)}"]
    begins, ends = _moment(detail, "starts_at"), _moment(detail, "ends_at")
    told += [f"{begins} – {ends}"] if begins and ends else []
    told += [str(detail["report"])] if detail.get("report") else []
    return [*told, *_reason(detail)]


def _moment(detail: Detail, name: str) -> str:
    found = parse_datetime(str(detail.get(name, "")))
    return date_format(localtime(found), "j M Y H:i") if found and is_aware(found) else ""


_SENTENCES: Final[Mapping[str, Callable[[Detail], _Told]]] = {
    EventKind.OPENED: _opened,
    EventKind.ANSWER: _answer,
    EventKind.MESSAGE: _message,
    EventKind.STATE_CHANGED: _state,
    EventKind.LEVEL_CHANGED: _level,
    EventKind.FIELD_CHANGED: _field,
    EventKind.ATTACHED: _attached,
    EventKind.MERGED: _merged,
    EventKind.FOLLOWED: _followed,
    EventKind.REPLACEMENT: _replacement,
    EventKind.VISIT: _visit,
}
