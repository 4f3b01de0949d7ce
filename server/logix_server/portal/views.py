"""The way in and the first page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from logix_server.accounts.access import Viewer
from logix_server.portal.logins import AdminLogInForm, LogInForm
from logix_server.portal.navigation import home
from logix_server.portal.pages import page

admin.site.login_form = AdminLogInForm


@page()
def start(_request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """To where a person of this role begins."""
    return HttpResponseRedirect(home(viewer))


class LogIn(LoginView):
    """Log-in with Django's accounts."""

    template_name = "portal/login.html"
    next_page = "/"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"waits": context["form"].has_error(NON_FIELD_ERRORS, code="too_many")}
