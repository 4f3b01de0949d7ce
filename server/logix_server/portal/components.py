"""Forms as the portal's components show them: labels, hints and errors tied to their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates


class Renderer(DjangoTemplates):
    """The portal's own templates for a form and a field; Django's for the controls."""

    form_template_name = "portal/components/form.html"
    field_template_name = "portal/components/field.html"


class Form(forms.Form):
    """A form of the portal. `{{ form }}` shows it whole, `{{ form.x.as_field_group }}` one field.

    Several forms stand on one page: `of` gives each ids of its own.
    """

    default_renderer = Renderer()
    required_css_class = "required"

    def __init__(self, data: Mapping[str, Any] | None = None, *, of: str = "", **more: Any) -> None:
        more = {"auto_id": f"id_{of}_%s" if of else "id_%s", "label_suffix": ""} | more
        super().__init__(data, **more)
