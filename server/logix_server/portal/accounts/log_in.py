"""The way in and out."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse

from logix_server.portal.logins import AdminLogInForm, LogInForm, remember

admin.site.login_form = AdminLogInForm


class LogIn(LoginView):
    """Name or mail address, and password; what more is asked for, `gate` sees to."""

    template_name = "portal/accounts/login.html"
    next_page = "/"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get_success_url(self) -> str:
        """As Django's, but never back to here: whoever is signed in already would be sent in a circle."""
        told: str = super().get_success_url()
        return self.next_page if told.partition("?")[0] == self.request.path else told

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Signed in: this browser is known from now on."""
        response = super().form_valid(form)
        remember(self.request, response, cast(AbstractBaseUser, form.get_user()).pk)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"waits": context["form"].has_error(NON_FIELD_ERRORS, code="too_many")}
