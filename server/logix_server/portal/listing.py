"""One way to list: filters from the address, checked; pages whose links keep the filter.

A list works without JavaScript: its filter is a form that is sent by GET. htmx then swaps the list alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from django import forms
from django.http import HttpRequest, QueryDict

from logix_server.portal.components import Renderer

PAGE_SIZE: Final = 50
#: Whoever wants the tickets of page 201 narrows the filter.
MOST_PAGES: Final = 200
MOST_TEXT: Final = 100


class Filter(forms.Form):
    """The fields by which a list is narrowed. None is required; what is not valid is told and left out."""

    default_renderer = Renderer()
    use_required_attribute = False

    @classmethod
    def of(cls, request: HttpRequest, **more: Any) -> Self:
        """The filter that the address of `request` tells. Only its own fields are looked at."""
        found = cls(request.GET, **more)
        found.is_valid()
        return found

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)
        for field in self.fields.values():
            field.required = False

    @property
    def values(self) -> Mapping[str, Any]:
        """What is asked for and valid; nothing of what is empty."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out by it: an empty list then says so."""
        return bool(self.values)


@dataclass(frozen=True)
class Pager:
    """Where a list stands. `pages` counts at least one, and no more than `MOST_PAGES`."""

    page: int
    pages: int
    total: int
    query: str  # the address's other words, "level=1&"; "" = none

    @property
    def before(self) -> str:
        """The address of the page before, "" on the first."""
        return f"?{self.query}page={self.page - 1}" if self.page > 1 else ""

    @property
    def after(self) -> str:
        """The address of the next page, "" on the last."""
        return f"?{self.query}page={self.page + 1}" if self.page < self.pages else ""


def page_of(request: HttpRequest) -> int:
    """The page that the address asks for; the first where it asks for none that there is."""
    told = request.GET.get("page", "1")
    page = int(told) if told.isascii() and told.isdecimal() and len(told) <= 4 else 1
    return min(max(page, 1), MOST_PAGES)


def pager(request: HttpRequest, total: int, size: int = PAGE_SIZE) -> Pager:
    """The pager of a list of `total` rows; its links keep all that the address says besides."""
    pages = min(max(1, -(-total // size)), MOST_PAGES)
    words: QueryDict = request.GET.copy()
    words.pop("page", None)
    query = words.urlencode()
    return Pager(min(page_of(request), pages), pages, total, f"{query}&" if query else "")


@dataclass(frozen=True)
class TabLink:
    """One tab of a list: `count` rows under the filter that the address says."""

    tab: str
    label: str
    count: int
    address: str
    current: bool


def tab_links(
    request: HttpRequest, tabs: Iterable[tuple[str, str]], counts: Mapping[str, int], current: str
) -> list[TabLink]:
    """The tabs of a list, (tab, label) each; their links keep the filter and begin at the first page."""
    links = []
    for tab, label in tabs:
        query = request.GET.copy()
        query.pop("page", None)
        query["tab"] = tab
        links.append(TabLink(tab, label, counts[tab], f"?{query.urlencode()}", tab == current))
    return links
