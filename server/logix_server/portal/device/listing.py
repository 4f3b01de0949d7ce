"""The devices: of ours all, of a customer its own, of a dealer those of customers that agreed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from logix_server.accounts.access import Viewer
from logix_server.fleet.reading import DeviceFilter, devices
from logix_server.portal import words
from logix_server.portal.listing import MOST_TEXT, PAGE_SIZE, Filter, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import page


class DevicesFilter(Filter):
    """What devices are looked for by."""

    text = forms.CharField(label=gettext_lazy("Serial, customer or place"), max_length=MOST_TEXT)
    standing = forms.ChoiceField(label=gettext_lazy("State"))

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        field = self.fields["standing"]
        assert isinstance(field, forms.ChoiceField)
        states = [(code, words.called(words.UNIT_STATES, code)) for code in words.UNIT_STATES]
        field.choices = [("", words.any_of_them()), *states, ("silent", words.silent())]


@page()
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list, live."""
    asked = DevicesFilter.of(request)
    values = asked.values
    wanted = DeviceFilter(text=values.get("text", ""), standing=values.get("standing", ""))
    offset = (page_of(request) - 1) * PAGE_SIZE
    rows, total = devices(viewer, wanted, limit=PAGE_SIZE, offset=offset)
    shown = [(row, words.standing(row.state, row.connected, row.silent)) for row in rows]
    context = {"filter": asked, "rows": shown, "pager": pager(request, total), "list_id": "devices"}
    return live(request, "portal/device/list.html", "portal/device/rows.html", context)
