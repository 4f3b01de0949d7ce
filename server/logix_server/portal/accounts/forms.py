"""The forms of the pages about people. Fields judge their shape; actions judge the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from logix_common.errors import InvalidInput

from logix_server.accounts.sign_in.password_rules import MOST
from logix_server.portal.accounts import words
from logix_server.portal.components import Form
from logix_server.portal.listing import MOST_TEXT, Filter


def blame(form: forms.Form, error: InvalidInput) -> None:
    """Show what an action refused at its field, else above the form."""
    form.add_error(error.where if error.where in form.fields else None, error.what)


def _password(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    # What people type is taken as it is: a space at the end is a part of it.
    return forms.CharField(label=label, max_length=MOST, strip=False, widget=widget, help_text=help_text)


class CodeForm(Form):
    """A code of the authenticator, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class NewPasswordForm(Form):
    """A password, twice."""

    password = _password(_("New password"), "new-password", words.PASSWORD_RULES)
    again = _password(_("New password, once more"), "new-password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"password", "again"} <= set(cleaned) and cleaned["password"] != cleaned["again"]:
            self.add_error("again", str(_("The two are not the same.")))
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """The present one, and the new one twice."""

    field_order = ("old", "password", "again")
    old = _password(_("Present password"), "current-password")


class ResetForm(Form):
    """To which address a link to a new password goes."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )


class DetailsForm(Form):
    """What people may change of themselves."""

    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=50,
        required=False,
        help_text=_("With its country, such as +90 532 123 45 67. May be empty."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language of pages and e-mails"), choices=words.LANGUAGES)


class InviteForm(DetailsForm):
    """Somebody new. `organisations`: whether another than the own one may be named."""

    field_order = ("organisation", "name", "email", "role", "phone", "language")
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"))
    organisation = forms.CharField(
        label=_("Organisation"), max_length=200, help_text=_("Its name, exactly as it is on record.")
    )

    def __init__(self, *arguments: Any, roles: Iterable[str], organisations: bool, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["role"] = role_field(roles)
        self.order_fields(list(self.field_order))
        if not organisations:
            del self.fields["organisation"]


class RoleForm(Form):
    """Another role."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *arguments: Any, roles: Iterable[str], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["role"] = role_field(roles)


class WhyForm(Form):
    """Why a second factor is taken away."""

    why = forms.CharField(
        label=_("How do you know who asked?"),
        max_length=500,
        help_text=_("Such as: called back on the number on record."),
    )


class PeopleFilterForm(Filter):
    """By what people are looked for."""

    text = forms.CharField(label=_("Name or e-mail address"), max_length=MOST_TEXT)
    organisation = forms.CharField(label=_("Organisation"), max_length=MOST_TEXT)
    role = forms.ChoiceField(label=_("Role"))

    def __init__(
        self, *arguments: Any, roles: Iterable[str] = (), organisations: bool = True, **more: Any
    ) -> None:
        super().__init__(*arguments, **more)
        field = role_field(roles)
        field.choices = [("", words.all_roles()), *words.roles(roles)]
        field.required = False
        self.fields["role"] = field
        if not organisations:
            del self.fields["organisation"]


def role_field(roles: Iterable[str]) -> forms.ChoiceField:
    """A choice of these roles."""
    return forms.ChoiceField(label=_("Role"), choices=words.roles(roles))
