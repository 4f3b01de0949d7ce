"""What is filled in about a replacement. Lengths are those of the slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from logix_common.findings import CODES, title_of

from logix_server.portal.components import Form
from logix_server.portal.replacements import words
from logix_server.portal.ticket.forms import choose
from logix_server.portal.words import called

MOST_WHY: Final = 2_000
MOST_SERIAL: Final = 64
MOST_PART: Final = 200
MOST_SENT: Final = 100
NUMBER: Final = r"\s*[A-Za-z]{3}-[0-9]{4}-[0-9]{6}\s*"


def _why(label: Any, *, required: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MOST_WHY,
        required=required,
        help_text=hint,
        widget=forms.Textarea({"rows": 3}),
    )


class Ask(Form):
    """For a part or the whole unit of a ticket."""

    ticket = forms.RegexField(NUMBER, label=gettext_lazy("Ticket"), help_text="LGX-2026-000123")
    part = forms.CharField(
        label=gettext_lazy("Part"),
        max_length=MOST_PART,
        required=False,
        help_text=gettext_lazy("As the ticket names it, such as disk:WD-123; empty: the whole unit."),
    )
    fault = forms.ChoiceField(label=gettext_lazy("Finding"), required=False)
    why = _why(gettext_lazy("What is to be known about it"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        language = (get_language() or "tr")[:2]
        titles = sorted((title_of(code, language), code) for code in CODES)
        choose(self, "fault", [("", _("none")), *((code, title) for title, code in titles)])

    def clean_ticket(self) -> str:
        return str(self.cleaned_data["ticket"]).strip().upper()


class Decide(Form):
    """An engineer's finding. `answered` holds the contract's answer that its writer was shown."""

    confirmed = forms.ChoiceField(
        label=gettext_lazy("Are the fault and the need to replace confirmed? (WAR-7)"),
        widget=forms.RadioSelect,
    )
    cause = forms.ChoiceField(label=gettext_lazy("What the fault came from (WAR-5)"))
    found = _why(gettext_lazy("What was found"), hint=gettext_lazy("The customer reads it."))
    answered = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose(self, "confirmed", [("yes", _("confirmed")), ("no", _("not confirmed"))])
        choose(self, "cause", [(code, called(words.CAUSES, code)) for code in words.CAUSES])


class Ship(Form):
    """What replaces the faulty one leaves."""

    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=MOST_SENT, required=False)
    tracking = forms.CharField(
        label=gettext_lazy("Number of the shipment"), max_length=MOST_SENT, required=False
    )


class Receive(Form):
    """The faulty one has arrived."""

    serial = forms.CharField(
        label=gettext_lazy("Serial, as read from what came back"),
        max_length=MOST_SERIAL,
        required=False,
        help_text=gettext_lazy("Of a whole unit it is needed, and must be the one that is owed."),
    )


class Replaced(Form):
    """Another part is in its place."""

    serial = forms.CharField(
        label=gettext_lazy("Serial of the new part"), max_length=MOST_SERIAL, required=False
    )
    why = _why(gettext_lazy("What is to be remembered"), required=False)


class Repaired(Form):
    """Nothing is new."""

    why = _why(gettext_lazy("What was repaired"), required=False)


class NewUnit(Form):
    """Another unit takes the place."""

    serial = forms.CharField(label=gettext_lazy("Serial of the new unit"), max_length=MOST_SERIAL)
    model = forms.CharField(
        label=gettext_lazy("Model, where it is another one"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Only where the customer agreed to it (WAR-9)."),
    )


class Withdraw(Form):
    """Not wanted after all."""

    why = _why(gettext_lazy("Reason"))


class Close(Form):
    """Nothing more is to be done."""

    why = _why(
        gettext_lazy("Reason"),
        required=False,
        hint=gettext_lazy("Needed where a faulty one that is owed back is written off."),
    )
