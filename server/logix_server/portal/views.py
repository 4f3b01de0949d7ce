"""The pages: a log-in and an overview."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from logix_server.portal import overview as gathered
from logix_server.portal import texts
from logix_server.portal.logins import AdminLogInForm, LogInForm

admin.site.login_form = AdminLogInForm


@require_safe
@login_required(login_url="login")
def overview(request: HttpRequest) -> HttpResponse:
    """Devices, open faults and open tickets at a glance."""
    language = (get_language() or "tr")[:2]
    devices = gathered.devices()
    faults, tickets = gathered.faults(language), gathered.open_tickets(language)
    context = {
        "t": texts.labels(),
        "language": language,
        "devices": devices,
        "faults": faults,
        "tickets": tickets,
        "no_deadline": texts.no_deadline(),
        "cut": max(len(devices), len(faults), len(tickets)) >= gathered.ROWS,
    }
    return render(request, "portal/overview.html", context)


class LogIn(LoginView):
    """Log-in with Django's accounts."""

    template_name = "portal/login.html"
    next_page = "/"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        language = (get_language() or "tr")[:2]
        context = super().get_context_data(**kwargs)
        waits = context["form"].has_error(NON_FIELD_ERRORS, code="too_many")
        return context | {"t": texts.labels(), "language": language, "waits": waits}
