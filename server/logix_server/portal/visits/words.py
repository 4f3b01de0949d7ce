"""What the states of visits are called."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.portal import words

STATES: Final = {
    "requested": N_("asked for"),
    "refused": N_("refused"),
    "agreed": N_("agreed"),
    "done": N_("done"),
    "cancelled": N_("cancelled"),
}
#: Which badge a state has: a yes, a no, or neither.
LOOKS: Final = {"refused": "no", "cancelled": "on-condition", "done": "yes"}
REACHES: Final = {
    "opened": N_("can be reached: the customer has opened remote access"),
    "closed": N_("could be reached, but the customer has not opened remote access"),
    "unreachable": N_("cannot be reached at all"),
}


def narrowed() -> list[tuple[str, str]]:
    """The choices of states that name more than one."""
    return [("", _("all that are to come")), ("any", words.any_of_them())]
