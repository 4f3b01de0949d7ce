"""What the queue is narrowed by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from logix_server.accounts.queries import list_organisations
from logix_server.portal import words
from logix_server.portal.listing import MOST_TEXT, Filter
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.listing import QueueFilter, Tab

#: Customers that are offered; of more, the text finds them.
MOST_CUSTOMERS: Final = 500
_ENDED: Final[Mapping[str, bool | None]] = {"": False, "ended": True, "any": None}


class QueueForm(Filter):
    """The filter bar of the queue. The tab is kept, and is chosen by its link."""

    tab = forms.ChoiceField(
        choices=[(tab.value, tab.value) for tab in Tab], required=False, widget=forms.HiddenInput
    )
    text = forms.CharField(label=_("Number, subject or device"), max_length=MOST_TEXT)
    level = forms.TypedChoiceField(label=_("Level"), coerce=int)
    package = forms.ChoiceField(label=_("Package"))
    state = forms.ChoiceField(label=_("State"))
    customer = forms.TypedChoiceField(label=_("Customer"), coerce=int)
    serial = forms.CharField(label=_("Serial of the device"), max_length=64)

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        every = ("", words.any_of_them())
        levels = [(str(level), words.called(words.LEVELS, level)) for level in words.LEVELS]
        states = [(code, words.called(words.STATES, code)) for code in words.STATES]
        customers = list_organisations(kind="customer", limit=MOST_CUSTOMERS)
        self._choose("level", [every, *levels])
        self._choose("package", [every, *words.PACKAGES.items(), ("none", words.package(""))])
        self._choose("state", [*words.open_or_ended(), *states])
        self._choose("customer", [every, *((str(one.pk), one.name) for one in customers)])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def open_tab(self) -> Tab:
        """The tab that is open."""
        return Tab(self.values.get("tab") or Tab.ALL)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab limits the list."""
        return bool(set(self.values) - {"tab"})

    def wanted(self) -> QueueFilter:
        """The same for the tickets slice."""
        values = self.values
        state = values.get("state", "")
        return QueueFilter(
            tab=self.open_tab,
            states=(TicketState(state),) if state not in _ENDED else (),
            ended=_ENDED.get(state, False),
            level=values.get("level"),
            package=values.get("package", ""),
            customer_id=values.get("customer"),
            serial=values.get("serial", ""),
            text=values.get("text", ""),
        )
