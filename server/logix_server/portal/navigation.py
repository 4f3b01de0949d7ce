"""Which pages the header offers to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may


@dataclass(frozen=True)
class Entry:
    """One link of the header. `view`: the name of its URL; `label`: a msgid; `right` None: for everybody."""

    view: str
    label: str
    right: Right | None = None
    below: tuple[str, ...] = ()  # where its pages lie besides


@dataclass(frozen=True)
class Link:
    address: str
    label: str
    current: bool


#: In the order in which they are shown. A new page adds its line here.
ENTRIES: Final = (
    Entry("queue", gettext_noop("Queue"), Right.SEE_INTERNAL, ("/tickets/",)),
    Entry("inbox", gettext_noop("Inbox"), Right.HANDLE_TICKET),
    Entry("tickets", gettext_noop("My tickets"), Right.WRITE_TO_TICKET),
    Entry("devices", gettext_noop("Devices")),
    Entry("replacements", gettext_noop("Replacements")),
    Entry("visits", gettext_noop("Visits"), None, ("/agreements/",)),
    Entry("articles", gettext_noop("Knowledge base")),
    Entry("rota", gettext_noop("On call"), Right.SEE_INTERNAL),
    Entry("products", gettext_noop("Products"), Right.SEE_INTERNAL),
    Entry("people", gettext_noop("People"), Right.MANAGE_OWN_PEOPLE),
    Entry("consent", gettext_noop("Dealer's view"), Right.GIVE_CONSENT),
)


def links(viewer: Viewer, path: str) -> list[Link]:
    """What `viewer` is offered on the page at `path`; the entry that it belongs to is marked."""
    found = []
    for entry in ENTRIES:
        if entry.right is None or may(viewer, entry.right):
            address = reverse(entry.view)
            found.append(Link(address, gettext(entry.label), path.startswith((address, *entry.below))))
    return found


def home(viewer: Viewer) -> str:
    """Where a person of this role begins."""
    return reverse("queue" if may(viewer, Right.SEE_INTERNAL) else "tickets")
