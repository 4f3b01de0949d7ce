"""What the customer lets its dealer see."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts import consent as consenting
from logix_server.accounts import reading
from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.portal.pages import READING, WRITING, page


@page(Right.GIVE_CONSENT, (*READING, *WRITING))
def consent(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """How it stands, and the one button that changes it."""
    if request.method == "POST":
        if request.POST.get("answer") == "give":
            try:
                consenting.give(viewer, timezone.now())
            except InvalidInput as error:
                messages.error(request, error.what)
            else:
                messages.success(request, _("Your dealer sees your devices and tickets from now on."))
        elif request.POST.get("answer") == "withdraw":
            consenting.withdraw(viewer, timezone.now())
            messages.success(request, _("Your dealer sees nothing of yours any more."))
        return HttpResponseRedirect(reverse("consent"))
    return render(request, "portal/accounts/consent.html", {"consent": reading.consent_of(viewer)})
