"""What is filled in about a mail that waits."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from logix_server.portal.components import Form

NUMBER: Final = r"\s*[A-Za-z]{3}-[0-9]{4}-[0-9]{6}\s*"


def _person(required: bool) -> forms.EmailField:
    return forms.EmailField(
        label=_("In whose name"),
        max_length=254,
        required=required,
        help_text=_("The address of a person of the customer or its dealer; empty: the sender."),
    )


class OnTicket(Form):
    """Onto a ticket that is there."""

    number = forms.RegexField(NUMBER, label=_("Ticket"), help_text="LGX-2026-000123")
    person = _person(required=False)

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"]).strip().upper()


class NewTicket(Form):
    """As a new ticket."""

    serial = forms.CharField(label=_("Serial of the device"), max_length=64)
    person = _person(required=False)
    hardware = forms.BooleanField(
        label=_("It is a hardware fault (PRI-4, level 3)"),
        required=False,
        help_text=_("Under warranty it opens a ticket where no package runs, too."),
    )


class Discard(Form):
    """Put away."""

    why = forms.CharField(label=_("Reason"), max_length=500)
