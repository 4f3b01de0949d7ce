"""What happened to a replacement, in words: all of it for ours, for the customer what is the customer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from logix_server.accounts.access import Viewer
from logix_server.accounts.queries import actor_names
from logix_server.accounts.rights import Right, may
from logix_server.portal.replacements import words
from logix_server.portal.words import called, machine, said

OURS: Final = ("user", "operator")
#: What a step says to people of the customer and its dealer.
_PUBLIC: Final = ("found", "cause", "course", "clauses", "reason", "carrier", "tracking", "return_due_on")


@dataclass(frozen=True)
class Step:
    """One line of the trail."""

    at: datetime
    title: str
    by: str
    sentences: Sequence[str]
    clauses: Sequence[str]


def doers(viewer: Viewer, actors: Sequence[str]) -> dict[str, str]:
    """The names of actors as `viewer` is told them: to customers the desk has no names."""
    internal, names = may(viewer, Right.SEE_INTERNAL), actor_names(actors)
    told = {}
    for actor in actors:
        ours = actor.partition(":")[0] in OURS
        told[actor] = _("Logix support") if ours and not internal else names.get(actor) or machine(actor)
    return told


def in_words(viewer: Viewer, steps: Sequence[Any]) -> list[Step]:
    """The steps, oldest first."""
    names = doers(viewer, [step.actor for step in steps])
    internal = may(viewer, Right.SEE_INTERNAL)
    return [_step(step, names[step.actor], internal) for step in steps]


def _step(step: Any, by: str, internal: bool) -> Step:
    detail = step.detail if internal else {name: step.detail[name] for name in _PUBLIC if name in step.detail}
    clauses = [str(clause) for clause in detail.get("clauses", ())]
    return Step(step.at, called(words.STATES, step.state), by, _sentences(detail), clauses)


def _sentences(detail: Mapping[str, Any]) -> list[str]:
    told = [str(detail["found"])] if detail.get("found") else []
    if cause := detail.get("cause"):
        told.append(_("Cause: %(cause)s") % {"cause": called(words.CAUSES, cause)})
    if course := detail.get("course"):
        told.append(_("Course: %(course)s") % {"course": called(words.COURSES, course)})
    if isinstance(detail.get("reason"), Mapping) and detail["reason"]:
        told.append(said(detail["reason"]))
    sent = " ".join(str(detail[name]) for name in ("carrier", "tracking") if detail.get(name))
    told += [sent] if sent else []
    if due := parse_date(str(detail.get("return_due_on") or "")):
        told.append(_("The faulty one is due back by %(day)s.") % {"day": date_format(due)})
    return [*told, *_internal(detail)]


def _internal(detail: Mapping[str, Any]) -> list[str]:
    told = [called(words.OUTCOMES, detail["outcome"])] if detail.get("outcome") else []
    for name, text in (
        ("serial", _("Serial: %(serial)s")),
        ("new_serial", _("New serial: %(serial)s")),
        ("old_serial", _("Old serial: %(serial)s")),
    ):
        told += [text % {"serial": detail[name]}] if detail.get(name) else []
    told += [_("Written off: the faulty one did not come back.")] if detail.get("written_off") else []
    return [*told, str(detail["why"])] if detail.get("why") else told
