"""What is announced of a product."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logix_server.portal.components import Form
from logix_server.portal.days import day_field


class Announce(Form):
    """Its life as it stands from now on; the newest announcement holds."""

    on_sale_since = day_field(gettext_lazy("On sale since (LIF-1)"), required=False)
    end_of_sale_on = day_field(gettext_lazy("No longer on sale from (LIF-2)"), required=False)
    end_of_life_on = day_field(gettext_lazy("No longer supported from (LIF-3)"), required=False)
    successor = forms.CharField(
        label=gettext_lazy("Model that takes its place"), max_length=100, required=False
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not self.errors and not any(told.values()):
            raise forms.ValidationError(_("Announce at least one day or the model that follows."))
        return told


class Release(Form):
    """A version of its software."""

    version = forms.CharField(label=gettext_lazy("Version"), max_length=128)
    released_on = day_field(gettext_lazy("Released on"))
