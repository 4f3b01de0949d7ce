"""What is filled in about a visit. Lengths are those of the slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logix_server.portal.components import Form
from logix_server.portal.days import moment_field
from logix_server.portal.ticket.forms import choose
from logix_server.portal.visits import words
from logix_server.portal.words import called

MOST_WHY: Final = 2_000
MOST_REPORT: Final = 20_000
MOST_NAME: Final = 200
NUMBER: Final = r"\s*[A-Za-z]{3}-[0-9]{4}-[0-9]{6}\s*"


class Ask(Form):
    """For a ticket."""

    ticket = forms.RegexField(NUMBER, label=gettext_lazy("Ticket"), help_text="LGX-2026-000123")
    why = forms.CharField(
        label=gettext_lazy("Why somebody has to go there"),
        max_length=MOST_WHY,
        widget=forms.Textarea({"rows": 4}),
    )
    reach = forms.ChoiceField(label=gettext_lazy("The device (SUP-5)"), widget=forms.RadioSelect)

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose(self, "reach", [(code, called(words.REACHES, code)) for code in words.REACHES])

    def clean_ticket(self) -> str:
        return str(self.cleaned_data["ticket"]).strip().upper()


class Agree(Form):
    """On a time, or on another one."""

    starts_at = moment_field(gettext_lazy("From"), help_text=gettext_lazy("Istanbul's time"))
    ends_at = moment_field(gettext_lazy("Until"))
    engineer = forms.CharField(label=gettext_lazy("Who goes"), max_length=MOST_NAME)
    agreed_with = forms.CharField(label=gettext_lazy("Who at the customer agreed"), max_length=MOST_NAME)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("starts_at") and told.get("ends_at") and told["ends_at"] <= told["starts_at"]:
            self.add_error("ends_at", _("The end comes after the beginning."))
        return told


class Done(Form):
    """It took place."""

    report = forms.CharField(
        label=gettext_lazy("Report"),
        max_length=MOST_REPORT,
        help_text=gettext_lazy("What was found and done; the customer reads it."),
        widget=forms.Textarea({"rows": 8}),
    )


class Cancel(Form):
    """It does not take place."""

    why = forms.CharField(
        label=gettext_lazy("Reason"), max_length=MOST_WHY, widget=forms.Textarea({"rows": 3})
    )
