"""Who is on call: now, through the week, where nobody is; and by managers somebody else put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from logix_common.errors import InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right, may
from logix_server.contracts.decisions.terms import local_day, start_of
from logix_server.escalation_rules import PACKAGES
from logix_server.oncall import actions, queries
from logix_server.oncall.actions import Change
from logix_server.oncall.rota import RotaFacts, serving, watches
from logix_server.portal.live import live
from logix_server.portal.pages import WRITING, page
from logix_server.portal.refused_input import Known, tell
from logix_server.portal.rota.forms import Swap, WeekFilter
from logix_server.tickets.escalation.duty_hours import gaps_ahead

WEEK: Final = timedelta(days=7)
GAPS_WITHIN: Final = timedelta(days=14)
#: Gaps that are told one by one; of more the rota is empty, and one says as much.
MOST_GAPS: Final = 20
_KNOWN: Final[Known] = {
    "until": ("ends_at", N_("Expected an end that is to come, at most 366 days after the beginning.")),
    "person": ("person", N_("Expected an engineer or manager of ours.")),
    "replaces": ("replaces", N_("This person has no shift on the rota.")),
    "reason": ("reason", N_("Give a reason.")),
    "rota": ("rota", N_("This rota is used no longer.")),
}


@dataclass(frozen=True)
class Turn:
    """A span of the week, and who is called in it; `now`: it is this one."""

    start: datetime
    end: datetime
    people: Sequence[str]
    now: bool


@page(Right.SEE_INTERNAL)
def shown(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Now, the week, gaps and changes; live."""
    return _rendered(request, viewer, None)


def _rendered(request: HttpRequest, viewer: Viewer, swap: Swap | None) -> HttpResponse:
    now = datetime.now(UTC)
    asked = WeekFilter.of(request)
    facts = queries.rotas(now)
    day = asked.values.get("day") or local_day(now)
    gaps = gaps_ahead(facts, now, GAPS_WITHIN)
    sets = may(viewer, Right.SET_ROTA)
    names = sorted(one.name for one in facts)
    context = {
        "filter": asked,
        "on_call": [
            (package, queries.on_call(package, now))
            for package in PACKAGES[::-1]
            if package == "profesyonel" or serving(facts, package)
        ],
        "gaps": gaps[:MOST_GAPS],
        "more_gaps": max(0, len(gaps) - MOST_GAPS),
        "package": asked.values.get("package") or PACKAGES[-1],
        "week": _week(asked.values.get("package") or PACKAGES[-1], start_of(day), now),
        "overrides": queries.overrides(now),
        "rotas": names,
        "sets": sets,
        "swap": (swap or Swap(rotas=names)) if sets and names else None,
        "swap_open": swap is not None,
        "list_id": "rota",
    }
    if swap is not None:
        context["here"] = reverse("rota")  # the part asks there for itself, not where the form was sent
    answer = live(request, "portal/rota/rota.html", "portal/rota/part.html", context)
    if swap is not None:
        answer.status_code = 422
    return answer


def _week(package: str, since: datetime, now: datetime) -> list[Turn]:
    """Seven days by who is on call."""
    facts: list[RotaFacts] = queries.rotas(since)
    turns = watches(facts, package, since, since + WEEK)
    everyone = {duty.person_id: duty.called.name for duty in queries.people(_all(turns))}
    return [
        Turn(
            one.start,
            one.end,
            [everyone[person] for person in one.people if person in everyone],
            one.start <= now < one.end,
        )
        for one in turns
    ]


def _all(turns: Sequence[Any]) -> list[int]:
    return [person for one in turns for person in one.people]


@page(Right.SET_ROTA, WRITING)
def swap(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Put in somebody else for a time; a later change wins."""
    names = sorted(one.name for one in queries.rotas(datetime.now(UTC)))
    form = Swap(request.POST, rotas=names)
    if form.is_valid():
        told = form.cleaned_data
        change = Change(told["starts_at"], told["ends_at"], told["person"], told["replaces"], told["reason"])
        try:
            actions.override(told["rota"], change, actor=actions.actor_of(viewer), now=datetime.now(UTC))
        except InvalidInput as error:
            tell(form, error, _KNOWN, viewer.language)
        else:
            messages.success(request, _("The change is on the rota."))
            return redirect("rota")
    return _rendered(request, viewer, form)


@page(Right.SET_ROTA, WRITING)
def withdraw(request: HttpRequest, viewer: Viewer, override_id: int) -> HttpResponse:
    """Take a change back; one that is over or was taken back is not there."""
    try:
        actions.withdraw_override(override_id, actor=actions.actor_of(viewer), now=datetime.now(UTC))
    except InvalidInput as error:
        raise NotFound(str(override_id)) from error
    messages.success(request, _("The change is taken back."))
    return redirect("rota")
