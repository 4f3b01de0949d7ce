"""The people of an organisation: listed, invited, changed, stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts import managing, reading
from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.people import NewPerson
from logix_server.accounts.queries import organisation_by_name
from logix_server.accounts.reading import PeopleFilter, PersonRow
from logix_server.accounts.rights import ROLES_OF, Right, Role, may
from logix_server.portal.accounts.forms import InviteForm, PeopleFilterForm, RoleForm, WhyForm, blame
from logix_server.portal.listing import PAGE_SIZE, page_of, pager
from logix_server.portal.pages import READING, WRITING, page

_BOTH: Final = (*READING, *WRITING)


def _choices(viewer: Viewer) -> tuple[list[Role], bool]:
    """The roles that may be given or looked for, and whether other organisations than the own may."""
    everybody = may(viewer, Right.MANAGE_PEOPLE)
    return (list(Role) if everybody else sorted(ROLES_OF["customer"])), everybody


@page(Right.MANAGE_OWN_PEOPLE)
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Those whom the viewer manages."""
    roles, everybody = _choices(viewer)
    asked = PeopleFilterForm.of(request, roles=roles, organisations=everybody)
    offset = (page_of(request) - 1) * PAGE_SIZE
    rows, total = reading.people_of(
        viewer, PeopleFilter(**asked.values), timezone.now(), limit=PAGE_SIZE, offset=offset
    )
    context = {"filter": asked, "rows": rows, "pager": pager(request, total), "everybody": everybody}
    return render(request, "portal/accounts/people.html", context)


@page(Right.MANAGE_OWN_PEOPLE, _BOTH)
def invite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Add somebody and send the link."""
    roles, everybody = _choices(viewer)
    form = InviteForm(request.POST or None, roles=roles, organisations=everybody, initial={"language": "tr"})
    if request.method == "POST" and form.is_valid():
        try:
            person = managing.invite_new(viewer, _new(viewer, form.cleaned_data), timezone.now())
        except InvalidInput as error:
            blame(form, error)
        else:
            messages.success(
                request, _("The invitation to %(email)s is on its way.") % {"email": person.email}
            )
            return HttpResponseRedirect(reverse("person", args=[person.mark]))
    return render(request, "portal/accounts/invite.html", {"form": form})


def _new(viewer: Viewer, told: Mapping[str, Any]) -> NewPerson:
    organisation_id = viewer.organisation_id
    if "organisation" in told:
        try:
            organisation_id = organisation_by_name(told["organisation"]).pk
        except InvalidInput as error:
            raise InvalidInput("organisation", _("There is no such organisation.")) from error
    fields = {name: told[name] for name in ("role", "name", "email", "phone", "language")}
    return NewPerson(organisation_id, **fields)


@page(Right.MANAGE_OWN_PEOPLE)
def person(request: HttpRequest, viewer: Viewer, mark: str) -> HttpResponse:
    """One of them, with what can be done."""
    return _shown(request, viewer, reading.person_of(viewer, mark, timezone.now()))


def _set_role(viewer: Viewer, mark: str, told: Mapping[str, str], now: datetime) -> str:
    managing.set_role(viewer, mark, told.get("role", "")[:32], now)
    return _("The role is changed; the person signs in again.")


def _invite_again(viewer: Viewer, mark: str, _told: Mapping[str, str], now: datetime) -> str:
    managing.invite_again(viewer, mark, now)
    return _("A new link is on its way; the former is good no more.")


def _stop(viewer: Viewer, mark: str, _told: Mapping[str, str], now: datetime) -> str:
    managing.deactivate(viewer, mark, now)
    return _("The person is stopped; every session has ended.")


def _let_in(viewer: Viewer, mark: str, _told: Mapping[str, str], now: datetime) -> str:
    managing.reactivate(viewer, mark, now)
    return _("The person is let in again.")


def _reset(viewer: Viewer, mark: str, told: Mapping[str, str], now: datetime) -> str:
    managing.reset_second_factor(viewer, mark, told.get("why", "")[:600], now)
    return _("The second factor is taken away; the person sets up another at the next sign-in.")


#: The last word of an address -> what is done; says what was done.
_ACTIONS: Final[Mapping[str, Callable[[Viewer, str, Mapping[str, str], datetime], str]]] = {
    "role": _set_role,
    "invite": _invite_again,
    "stop": _stop,
    "let-in": _let_in,
    "second-factor": _reset,
}


@page(Right.MANAGE_OWN_PEOPLE, WRITING)
def act(request: HttpRequest, viewer: Viewer, mark: str, what: str) -> HttpResponse:
    """Do it, and say so on the person's page."""
    if what not in _ACTIONS:
        raise NotFound(what)
    try:
        messages.success(request, _ACTIONS[what](viewer, mark, request.POST, timezone.now()))
    except InvalidInput as error:
        messages.error(request, error.what)
    return HttpResponseRedirect(reverse("person", args=[mark]))


def _shown(request: HttpRequest, viewer: Viewer, row: PersonRow) -> HttpResponse:
    roles = reading.roles_for(viewer, row.organisation_kind)
    context = {
        "row": row,
        "roles": RoleForm(initial={"role": row.role}, roles=roles, of="role") if len(roles) > 1 else None,
        "why": WhyForm(of="why") if row.second_factor and may(viewer, Right.RESET_SECOND_FACTOR) else None,
        "myself": viewer.actor.endswith(f":{row.mark}"),
    }
    return render(request, "portal/accounts/person.html", context)
