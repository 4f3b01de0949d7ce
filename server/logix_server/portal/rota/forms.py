"""What a rota is looked at by, and how somebody else is put in for a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logix_server.portal import words as portal_words
from logix_server.portal.components import Form
from logix_server.portal.days import day_field, moment_field
from logix_server.portal.listing import Filter
from logix_server.portal.rota import words
from logix_server.portal.ticket.forms import choose
from logix_server.tickets.desk.assignment import assignable


class WeekFilter(Filter):
    """Of which package, and from which day."""

    package = forms.ChoiceField(label=gettext_lazy("Package"))
    day = day_field(gettext_lazy("Week from"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose(self, "package", [(code, name) for code, name in reversed(portal_words.PACKAGES.items())])


class PagesFilter(Filter):
    """Which pages."""

    which = forms.ChoiceField(label=gettext_lazy("State"))

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose(self, "which", words.which_pages())


class Swap(Form):
    """Another person for a time, or nobody."""

    rota = forms.ChoiceField(label=gettext_lazy("Rota"))
    starts_at = moment_field(gettext_lazy("From"), help_text=gettext_lazy("Istanbul's time"))
    ends_at = moment_field(gettext_lazy("Until"))
    replaces = forms.ChoiceField(label=gettext_lazy("Who is away"), required=False)
    person = forms.ChoiceField(label=gettext_lazy("Who comes in"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, rotas: list[str] | None = None, **more: Any
    ) -> None:
        super().__init__(data, **more)
        people = [(one.email, one.name) for one in assignable()]
        choose(self, "rota", [(name, name) for name in rotas or ()])
        choose(self, "replaces", [("", words.nobody_away()), *people])
        choose(self, "person", [("", words.nobody_in()), *people])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if self.errors:
            return told
        if told["ends_at"] <= told["starts_at"]:
            self.add_error("ends_at", _("The end comes after the beginning."))
        if not told["person"] and not told["replaces"]:
            self.add_error("person", _("Name who comes in, or who is away."))
        elif told["person"] == told["replaces"]:
            self.add_error("person", _("Expected two different people."))
        return told
