"""Every page that says no: designed, in the person's language, with what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.contracts import wording
from logix_server.contracts.decisions.reasons import Reason


def refused(request: HttpRequest, status: int, title: str, text: str, **more: Any) -> HttpResponse:
    """A page that says no: what, why, and a way on."""
    context = {"title": title, "text": text, **more}
    return render(request, "portal/refused.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """No such thing for this person: none at all, or another customer's. They are told alike."""
    text = _("There is no such page, or it is not among what you may see. Check the address.")
    return refused(request, 404, _("Not found"), text)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """A person of this role may not."""
    text = _("Your role does not include this. Ask your administrator if you need it for your work.")
    return refused(request, 403, _("Not allowed"), text)


def no_person(request: HttpRequest) -> HttpResponse:
    """Signed in with an account that is no person: made by hand for the administration."""
    text = _(
        "This account is for the administration only and belongs to no person of the desk. Sign in with"
        " the account that you were invited to."
    )
    return refused(request, 403, _("Not allowed"), text)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form without its token: cookies are off, or the session ended while it was filled in."""
    text = _(
        "The form is too old, or your browser keeps no cookies. Go back, load the page again and repeat."
    )
    return refused(request, 403, _("Please send it again"), text)


def not_covered(request: HttpRequest, reasons: Sequence[Reason]) -> HttpResponse:
    """The contract says no; every reason with its clause."""
    language = (get_language() or "tr")[:2]
    said = [(reason.clause, wording.sentence(reason, language)) for reason in reasons]
    text = _("The support terms do not give this at the moment. These are the reasons:")
    return refused(request, 403, _("Not covered"), text, reasons=said)


def bad_request(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """What was asked for could not be understood."""
    detail = str(error) if isinstance(error, InvalidInput) else ""
    text = _("Something in the request is not as it should be. Go back and check what you entered.")
    return refused(request, 400, _("Not understood"), text, detail=detail)


def conflict(request: HttpRequest, error: IllegalTransition) -> HttpResponse:
    """It is no longer in a state in which this can be done."""
    text = _("It has changed in the meantime, and this can no longer be done. Look at it again.")
    return refused(request, 409, _("It has changed"), text, detail=str(error))


def failed(request: HttpRequest) -> HttpResponse:
    """An error of ours. Asks nothing of the database: that may be what failed."""
    number = getattr(request, "request_id", "")
    return HttpResponse(render_to_string("portal/failed.html", {"request_id": number}), status=500)
