"""My tickets: those of the customer, of a dealer those of customers that agreed; open ones and past ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.portal import words
from logix_server.portal.customer import clocks
from logix_server.portal.listing import MOST_TEXT, Filter, page_of, pager, tab_links
from logix_server.portal.live import live
from logix_server.portal.pages import page
from logix_server.tickets.listing import Page, QueueFilter, QueueRow, Tab, queue

OPEN: Final = "open"
PAST: Final = "past"
_ONE: Final = Page(1, 1)


class MyFilter(Filter):
    """What my tickets are narrowed by. The tab is kept, and is chosen by its link."""

    tab = forms.ChoiceField(choices=[(OPEN, OPEN), (PAST, PAST)], widget=forms.HiddenInput)
    text = forms.CharField(label=gettext_lazy("Number, subject or device"), max_length=MOST_TEXT)
    level = forms.TypedChoiceField(label=gettext_lazy("Level"), coerce=int)
    whose = forms.ChoiceField(label=gettext_lazy("Reported by"))

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        levels = [(str(level), words.called(words.LEVELS, level)) for level in words.LEVELS]
        self._choose("level", [("", words.any_of_them()), *levels])
        self._choose("whose", [("", _("everybody")), ("me", _("me"))])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def open_tab(self) -> str:
        """The tab that is open."""
        return str(self.values.get("tab") or OPEN)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab limits the list."""
        return bool(set(self.values) - {"tab"})

    def wanted(self) -> QueueFilter:
        """The same for the tickets slice."""
        values = self.values
        return QueueFilter(
            tab=Tab.MINE if values.get("whose") else Tab.ALL,
            ended=self.open_tab == PAST,
            level=values.get("level"),
            text=values.get("text", ""),
        )


@dataclass(frozen=True)
class Shown:
    """A row with how its promise stands now."""

    row: QueueRow
    committed: clocks.Committed


@page(Right.WRITE_TO_TICKET)
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list, live; the newest first."""
    now = datetime.now(UTC)
    asked = MyFilter.of(request)
    wanted = asked.wanted()
    found = queue(viewer, wanted, Page(page_of(request)))
    others = queue(viewer, replace(wanted, ended=not wanted.ended), _ONE).total
    counts = {asked.open_tab: found.total, PAST if asked.open_tab == OPEN else OPEN: others}
    tabs = ((OPEN, _("Open")), (PAST, _("Past")))
    context = {
        "filter": asked,
        "tabs": tab_links(request, tabs, counts, asked.open_tab),
        "rows": [Shown(row, clocks.of_row(row, now)) for row in found.rows],
        "past": asked.open_tab == PAST,
        "several_customers": viewer.role == "dealer",
        "pager": pager(request, found.total),
        "list_id": "tickets",
    }
    return live(request, "portal/customer/mine.html", "portal/customer/mine_rows.html", context)
