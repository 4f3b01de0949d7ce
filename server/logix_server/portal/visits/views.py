"""One visit: why, when, by whom, and what was reported; to engineers what may be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may
from logix_server.portal.components import Form
from logix_server.portal.pages import page
from logix_server.portal.replacements.steps import doers
from logix_server.portal.visits import forms, words
from logix_server.portal.visits.listing import row
from logix_server.portal.words import called, said
from logix_server.visits import queries
from logix_server.visits.lifecycle import VISIT, VisitState

#: What -> its form, the state that it leads to, and what it is called.
KINDS: Final[Mapping[str, tuple[type[Form], VisitState, str]]] = {
    "agree": (forms.Agree, VisitState.AGREED, N_("Write down the time that was agreed")),
    "done": (forms.Done, VisitState.DONE, N_("It has taken place")),
    "cancel": (forms.Cancel, VisitState.CANCELLED, N_("It does not take place")),
}


@dataclass(frozen=True)
class Step:
    """One line of the trail."""

    at: datetime
    title: str
    by: str
    sentences: Sequence[str]
    clauses: Sequence[str]


@page()
def shown(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """One visit of those that the viewer may see."""
    return rendered(request, viewer, number, {})


def rendered(
    request: HttpRequest, viewer: Viewer, number: str, filled: Mapping[str, Form], status: int = 200
) -> HttpResponse:
    """The page; a form that was sent and not taken stands there as it was."""
    found = queries.visit(viewer, number)
    context = {
        "one": found,
        "row": row(found, internal=may(viewer, Right.SEE_INTERNAL)),
        "asked_by": doers(viewer, [found.requested_by])[found.requested_by],
        "reach": called(words.REACHES, found.reach) if found.reach else "",
        "reason": said(found.reason),
        "steps": _steps(viewer, queries.steps_of(found)),
        "acts": _acts(found, filled) if may(viewer, Right.ARRANGE_VISIT) else [],
    }
    return render(request, "portal/visits/page.html", context, status=status)


def _acts(found: Any, filled: Mapping[str, Form]) -> list[tuple[str, str, Form, bool]]:
    """What may follow: name, label, form, and whether it was sent."""
    following = VISIT.allowed.get(VisitState(found.state), ())
    initial = {
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "engineer": found.engineer,
        "agreed_with": found.agreed_with,
    }
    return [
        (what, gettext(label), filled.get(what) or form(of=what, initial=initial), what in filled)
        for what, (form, to, label) in KINDS.items()
        if what in filled or to in following
    ]


def _steps(viewer: Viewer, steps: Sequence[Any]) -> list[Step]:
    names = doers(viewer, [step.actor for step in steps])
    internal = may(viewer, Right.SEE_INTERNAL)
    return [
        Step(
            step.at,
            called(words.STATES, step.state),
            names[step.actor],
            _sentences(step.detail, internal),
            [str(clause) for clause in step.detail.get("clauses", ())],
        )
        for step in steps
    ]


def _sentences(detail: Mapping[str, Any], internal: bool) -> list[str]:
    told = [said(detail["reason"])] if isinstance(detail.get("reason"), Mapping) else []
    if due := parse_date(str(detail.get("due_on") or "")):
        told.append(_("Due on %(day)s by the agreement.") % {"day": date_format(due, "j M Y")})
    begins, ends = _moment(detail, "starts_at"), _moment(detail, "ends_at")
    told += [f"{begins} – {ends}"] if begins and ends else []
    told += [str(detail["report"])] if detail.get("report") else []
    names = ("engineer", "agreed_with", "why") if internal else ()
    return [*(one for one in told if one), *(str(detail[name]) for name in names if detail.get(name))]


def _moment(detail: Mapping[str, Any], name: str) -> str:
    found = parse_datetime(str(detail.get(name) or ""))
    return date_format(localtime(found), "j M Y H:i") if found and is_aware(found) else ""
