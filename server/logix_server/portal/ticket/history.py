"""A ticket's history in words: each event a heading, what was said, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from logix_common.findings import title_of

from logix_server.portal import words
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.questions import QUESTIONS
from logix_server.tickets.reading import File, Line

Detail = Mapping[str, Any]

TITLES: Final = {
    EventKind.OPENED: N_("Ticket opened"),
    EventKind.FAULT_JOINED: N_("A finding joined"),
    EventKind.FAULT_CAME_BACK: N_("A finding came back"),
    EventKind.FAULT_REPEATED: N_("A finding was told again"),
    EventKind.FAULT_WORSE: N_("A finding became worse"),
    EventKind.FAULT_BETTER: N_("A finding became better"),
    EventKind.FAULT_RECOVERED: N_("A finding recovered"),
    EventKind.LEVEL_CHANGED: N_("Level changed"),
    EventKind.TERMS_CHANGED: N_("Terms changed"),
    EventKind.STATE_CHANGED: N_("State changed"),
    EventKind.DEADLINE_MISSED: N_("Deadline passed without an answer"),
    EventKind.ANSWER: N_("Answer to the customer"),
    EventKind.NOTE: N_("Internal note"),
    EventKind.MESSAGE: N_("Message of the customer"),
    EventKind.FIELD_CHANGED: N_("Changed"),
    EventKind.ATTACHED: N_("Files attached"),
    EventKind.MERGED: N_("Merged"),
    EventKind.LINKED: N_("Linked"),
    EventKind.FOLLOWED: N_("A new ticket follows"),
    EventKind.ESCALATED: N_("Escalated"),
    EventKind.PAGED: N_("Page sent to the one on call"),
    EventKind.PAGE_ACKNOWLEDGED: N_("Page acknowledged"),
    EventKind.REPLACEMENT: N_("Replacement"),
    EventKind.VISIT: N_("Service visit"),
}
FIELDS: Final = {"assignee": N_("Assigned to"), "level_answers": N_("Answers to the level questions")}


@dataclass(frozen=True)
class Entry:
    """One event on the page. `by`: a name, "" for a machine or somebody who was erased."""

    id: int
    at: datetime
    title: str
    by: str
    public: bool
    said: str
    notes: Sequence[str]
    files: Sequence[File]


def entries(lines: Sequence[Line], language: str) -> list[Entry]:
    """The history, oldest first."""
    return [_entry(line, language) for line in lines]


def _entry(line: Line, language: str) -> Entry:
    notes = _NOTES.get(line.kind, _nothing)(line.detail)
    if code := line.detail.get("code"):
        notes = [title_of(str(code), language), *notes]
    by = line.by or words.machine(line.actor)
    return Entry(
        line.id, line.at, words.called(TITLES, line.kind), by, line.public, line.text, notes, line.files
    )


def _nothing(_detail: Detail) -> list[str]:
    return []


def _opened(detail: Detail) -> list[str]:
    level = words.called(words.LEVELS, detail.get("level"))
    return [_("Level %(level)s") % {"level": level}]


def _level(detail: Detail) -> list[str]:
    change = {
        "before": words.called(words.LEVELS, detail.get("before")),
        "after": words.called(words.LEVELS, detail.get("level")),
        "clauses": ", ".join(map(str, detail.get("clauses", ()))),
    }
    told = [_("from %(before)s to %(after)s (%(clauses)s)") % change]
    return [*told, str(detail["reason"])] if detail.get("reason") else told


def _state(detail: Detail) -> list[str]:
    before = words.called(words.STATES, detail.get("before"))
    after = words.called(words.STATES, detail.get("state"))
    told = [_("from “%(before)s” to “%(after)s”") % {"before": before, "after": after}]
    if owner := detail.get("system_owner"):
        told.append(_("Told of the workaround: %(name)s (SUP-4)") % {"name": owner})
    return [*told, str(detail["why"])] if detail.get("why") else told


def _field(detail: Detail) -> list[str]:
    field = detail.get("field")
    if field == "level_answers":
        return [f"{row}: {said}" for row, said in answers_in_words(detail.get("after") or {})]
    if field == "urgent" and detail.get("after"):
        return [_("The ticket is urgent: redundancy is lost (PRI-4).")]
    change = {
        "field": words.called(FIELDS, field),
        "before": detail.get("before") or words.nobody(),
        "after": detail.get("after") or words.nobody(),
    }
    return [_("%(field)s: %(before)s → %(after)s") % change]


def _merged(detail: Detail) -> list[str]:
    into, other = detail.get("into"), detail.get("from")
    told = (
        [_("goes on in %(number)s") % {"number": into}]
        if into
        else [_("with %(number)s") % {"number": other}]
    )
    return [*told, str(detail["why"])] if detail.get("why") else told


def _linked(detail: Detail) -> list[str]:
    text = _("with %(number)s") if detail.get("linked") else _("no longer with %(number)s")
    return [text % {"number": detail.get("with", "")}]


def _terms(detail: Detail) -> list[str]:
    told = words.package(str(detail.get("package") or ""))
    return [_("%(package)s, suspended (UPD-5)") % {"package": told} if detail.get("suspended") else told]


def _escalated(detail: Detail) -> list[str]:
    if "percent" in detail:
        return [_("%(percent)s %% of the response time used") % {"percent": detail["percent"]}]
    return [_("Nobody has acknowledged the page.")]


def _told(detail: Detail) -> list[str]:
    """Of a replacement or a visit: its number, and the sentences that came with it."""
    told = [str(detail.get("replacement") or detail.get("visit") or "")]
    reason = detail.get("reason")
    told += [words.said(reason)] if isinstance(reason, Mapping) else []
    told += [str(detail[name]) for name in ("part", "why", "report") if detail.get(name)]
    return [one for one in told if one]


def _names(detail: Detail) -> list[str]:
    return [str(detail["by"])] if detail.get("by") else []


_NOTES: Final[Mapping[str, Callable[[Detail], list[str]]]] = {
    EventKind.OPENED: _opened,
    EventKind.LEVEL_CHANGED: _level,
    EventKind.STATE_CHANGED: _state,
    EventKind.FIELD_CHANGED: _field,
    EventKind.MERGED: _merged,
    EventKind.LINKED: _linked,
    EventKind.FOLLOWED: _names,
    EventKind.TERMS_CHANGED: _terms,
    EventKind.ESCALATED: _escalated,
    EventKind.PAGED: _escalated,
    EventKind.REPLACEMENT: _told,
    EventKind.VISIT: _told,
}


def answers_in_words(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was answered to PRI-1 … PRI-7: the row, and the question with its answer."""
    told = []
    for question in QUESTIONS:
        answer = question.answers.get(answers.get(question.row, 0))
        if answer:
            told.append((question.row, f"{gettext(question.text)} {gettext(answer)}"))
    return told
