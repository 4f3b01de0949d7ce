"""What engineers do to a replacement: each a form and one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.contracts.decisions.terms import FaultCause
from logix_server.portal.components import Form
from logix_server.portal.pages import WRITING, page
from logix_server.portal.refused_input import Known, tell
from logix_server.portal.replacements.acts_offered import KINDS
from logix_server.portal.replacements.bundle import as_download
from logix_server.portal.replacements.views import Back, rendered
from logix_server.replacements import actions, fitting, queries
from logix_server.replacements.judgement import Judged
from logix_server.replacements.lifecycle import ReplacementState


@dataclass(frozen=True)
class Order:
    """A form that was filled in validly."""

    viewer: Viewer
    number: str
    told: Mapping[str, Any]
    now: datetime

    @property
    def by(self) -> dict[str, Any]:
        """Who does it, and when."""
        return {"actor": self.viewer.actor, "now": self.now}


def _ship(order: Order) -> object:
    return actions.ship(order.number, order.told["carrier"], order.told["tracking"], **order.by)


def _receive(order: Order) -> object:
    return actions.receive(order.number, order.told["serial"], **order.by)


def _part(order: Order) -> object:
    serial, why = order.told["serial"], order.told["why"]
    return fitting.fit_part(order.number, repaired=False, new_serial=serial, why=why, **order.by)


def _repaired(order: Order) -> object:
    return fitting.fit_part(order.number, repaired=True, new_serial="", why=order.told["why"], **order.by)


def _unit(order: Order) -> object:
    return fitting.fit_unit(order.number, order.told["serial"], model=order.told["model"], **order.by)


def _withdraw(order: Order) -> object:
    return actions.withdraw(order.number, order.told["why"], **order.by)


def _close(order: Order) -> object:
    return actions.close(order.number, order.told["why"], **order.by)


def _decide(order: Order) -> object:
    return actions.decide(order.number, **_finding(order.told), found=order.told["found"], **order.by)


def _finding(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"confirmed": told["confirmed"] == "yes", "cause": FaultCause(told["cause"])}


_DO: Final[Mapping[str, Callable[[Order], object]]] = {
    "decide": _decide,
    "ship": _ship,
    "receive": _receive,
    "unit": _unit,
    "part": _part,
    "repaired": _repaired,
    "withdraw": _withdraw,
    "close": _close,
}
_KNOWN: Final[Mapping[str, Known]] = {
    "receive": {"serial": ("serial", N_("This is not the unit that is owed back."))},
    "unit": {
        "serial": ("serial", N_("This serial is on record already, or is none.")),
        "model": ("model", N_("This is no product's model.")),
    },
    "close": {"why": ("why", N_("The faulty one is still owed: say why it is written off."))},
}


@page(Right.CONFIRM_REPLACEMENT, WRITING)
def act(request: HttpRequest, viewer: Viewer, number: str, what: str) -> HttpResponse:
    """Do it, and back to the page; or the page again with what is wrong, and all that was typed."""
    queries.replacement(viewer, number)  # is there, and the viewer's to see
    if what not in _DO:
        raise Http404
    form = KINDS[what].form(request.POST, of=what)
    if not form.is_valid():
        return rendered(request, viewer, number, Back({what: form}, 422))
    order = Order(viewer, number, form.cleaned_data, datetime.now(UTC))
    if what == "decide" and (unseen := _unseen_answer(order)) is not None:
        return rendered(request, viewer, number, Back({what: _with_answer(request, unseen)}, judged=unseen))
    try:
        done = _DO[what](order)
    except (InvalidInput, IllegalTransition) as error:
        if what == "decide" and _stays_refused(order):
            form.add_error(None, gettext("It is refused already, and this finding leaves it so."))
        else:
            tell(form, error, _KNOWN.get(what, {}), viewer.language)
        return rendered(request, viewer, number, Back({what: form}, 422))
    if isinstance(done, fitting.Fitted):
        context = {"number": number, "serial": done.unit.serial, "download": as_download(done.bundle)}
        return render(request, "portal/replacements/bundle.html", context)
    messages.success(request, gettext("Done."))
    return redirect("replacement", number=number)


def _unseen_answer(order: Order) -> Judged | None:
    """The contract's answer to the finding, where its writer was shown none, or another one."""
    found = queries.replacement(order.viewer, order.number)
    judged = actions.judged(found, order.now, **_finding(order.told))
    return None if order.told["answered"] == _key(judged, order.told) else judged


def _stays_refused(order: Order) -> bool:
    """Whether it was refused before, and the new finding would refuse it again."""
    found = queries.replacement(order.viewer, order.number)
    again = actions.judged(found, order.now, **_finding(order.told))
    return found.state == ReplacementState.REFUSED and not again.allowed


def _key(judged: Judged, told: Mapping[str, Any]) -> str:
    parts = (told["confirmed"], told["cause"], str(judged.allowed), judged.course.value, *judged.clauses)
    return " ".join(parts)


def _with_answer(request: HttpRequest, judged: Judged) -> Form:
    """The same form, sent again once the answer was read."""
    told = request.POST.copy()
    told["answered"] = _key(judged, told)
    form = KINDS["decide"].form(told, of="decide")
    form.is_valid()
    return form
