"""One replacement: where it stands, what happened, and to engineers what may be done next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from logix_common.findings import title_of

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may
from logix_server.contracts import wording
from logix_server.contracts.decisions.terms import local_day
from logix_server.portal.components import Form
from logix_server.portal.pages import page
from logix_server.portal.replacements import words
from logix_server.portal.replacements.acts_offered import Offered, offered
from logix_server.portal.replacements.listing import row
from logix_server.portal.replacements.steps import doers, in_words
from logix_server.portal.words import called, said
from logix_server.replacements import queries
from logix_server.replacements.judgement import Judged


@dataclass(frozen=True)
class Back:
    """A form that was not taken, or whose answer is to be seen first."""

    filled: Mapping[str, Form] = field(default_factory=dict)
    status: int = 200
    judged: Judged | None = None


@page()
def shown(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """One replacement of those that the viewer may see."""
    return rendered(request, viewer, number)


def rendered(request: HttpRequest, viewer: Viewer, number: str, back: Back | None = None) -> HttpResponse:
    """The page; with `back`, what was sent stands in its form."""
    back = back or Back()
    found = queries.replacement(viewer, number)
    language = (get_language() or "tr")[:2]
    context = {
        "one": found,
        "row": row(found, local_day(datetime.now(UTC))),
        "fault": title_of(found.fault_code, language) if found.fault_code else "",
        "asked_by": doers(viewer, [found.requested_by])[found.requested_by],
        "course": called(words.COURSES, found.course) if found.course and found.state != "refused" else "",
        "cause": called(words.CAUSES, found.cause) if found.cause else "",
        "outcome": called(words.OUTCOMES, found.outcome) if found.outcome else "",
        "reason": said(found.reason),
        "steps": in_words(viewer, queries.steps_of(found)),
        "acts": _acts(viewer, found, back.filled),
        "answer": answer_in_words(back.judged, language) if back.judged else None,
    }
    return render(request, "portal/replacements/page.html", context, status=back.status)


def _acts(viewer: Viewer, found: Any, filled: Mapping[str, Form]) -> list[Offered]:
    if not may(viewer, Right.CONFIRM_REPLACEMENT):
        return []
    return offered(found, filled)


def answer_in_words(judged: Judged, language: str) -> dict[str, Any]:
    """What the contract would answer, clause by clause."""
    reasons = (*judged.reasons, *judged.course_reasons)
    told = [(reason.clause, wording.sentence(reason, language)) for reason in reasons]
    return {
        "allowed": judged.allowed,
        "course": called(words.COURSES, judged.course.value) if judged.allowed else "",
        "reasons": list(dict.fromkeys(told)),
    }
