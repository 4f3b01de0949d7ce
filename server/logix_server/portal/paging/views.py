"""Two ways to acknowledge a page without a sign-in: the link that a call carried, and a signed reply.

The link is the right: it was sent to one person, is signed, and is worth nothing once the page has ended.
Opening it changes nothing, for mail scanners and previews open links too; the button does.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from logix_common.clock import SystemClock
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Forbidden
from logix_server.oncall import pages, pages_listed, replies
from logix_server.oncall.pagers import signing
from logix_server.oncall.pages_listed import Linked
from logix_server.oncall.replies import NotSigned
from logix_server.portal import refusals

_clock = SystemClock()


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what the page is about and who has taken it up; POST takes it up."""
    linked = pages_listed.linked(token)
    if linked is None:
        return refusals.not_found(request)
    with translation.override(linked.person.language):
        if request.method != "POST":
            return _shown(request, linked)
        try:
            pages.acknowledge(linked.page.pk, linked.person, "link", now=_clock.now())
        except Forbidden:
            return refusals.forbidden(request)
        except InvalidInput:
            pass  # it was cancelled meanwhile: the page says so
        return redirect("page-acknowledge", token=token)


def _shown(request: HttpRequest, linked: Linked) -> HttpResponse:
    page = linked.page
    taken = page.acknowledged_by
    context = {
        "title": _("Page"),
        "language": linked.person.language,
        "text": linked.text,
        "open": linked.over_at is None,
        "over_at": linked.over_at,
        "taken_by": taken.name if taken else "",
        "mine": taken is not None and taken.pk == linked.person.pk,
    }
    response = render(request, "portal/paging/page.html", context)
    # The address is a right: no other site is told of it. Ours is: with "no-referrer" a browser sends the
    # button's form with "Origin: null" (Fetch standard), which the check against forgery refuses.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@csrf_exempt  # signed by the secret that both ends hold; no browser sends it
@require_POST
def reply(request: HttpRequest) -> JsonResponse:
    """A signed {"page", "by"}: 200 with the page's state, 401 unsigned, 400 and 403 with the reason."""
    if int(request.headers.get("Content-Length") or 0) > replies.MOST_BODY:
        return JsonResponse({"error": f"expected at most {replies.MOST_BODY} bytes"}, status=413)
    timestamp = request.headers.get(signing.TIMESTAMP_HEADER, "")
    signature = request.headers.get(signing.SIGNATURE_HEADER, "")
    try:
        page = replies.acknowledge(request.body, timestamp, signature, now=_clock.now())
    except NotSigned as error:
        return JsonResponse({"error": str(error)}, status=401)
    except Forbidden as error:
        return JsonResponse({"error": str(error)}, status=403)
    except InvalidInput as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"page": page.pk, "state": page.state})
