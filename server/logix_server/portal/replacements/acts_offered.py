"""What may be done next to a replacement, by its course: the same table that the actions keep to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from logix_server.portal.components import Form
from logix_server.portal.replacements import forms
from logix_server.replacements.lifecycle import WAYS, Course, ReplacementState

S: Final = ReplacementState


@dataclass(frozen=True)
class Kind:
    """An act: its form, the state that it leads to, and what it is called."""

    form: type[Form]
    to: ReplacementState
    label: str
    #: None: of parts and of whole units.
    whole_unit: bool | None = None


KINDS: Final[Mapping[str, Kind]] = {
    "decide": Kind(forms.Decide, S.CONFIRMED, N_("Give the finding")),
    "ship": Kind(forms.Ship, S.SHIPPED, N_("The replacement leaves")),
    "receive": Kind(forms.Receive, S.RECEIVED, N_("The faulty one has arrived")),
    "unit": Kind(forms.NewUnit, S.FITTED, N_("Another unit takes its place"), whole_unit=True),
    "part": Kind(forms.Replaced, S.FITTED, N_("The part is replaced"), whole_unit=False),
    "repaired": Kind(forms.Repaired, S.FITTED, N_("It is repaired")),
    "withdraw": Kind(forms.Withdraw, S.WITHDRAWN, N_("Withdraw it")),
    "close": Kind(forms.Close, S.CLOSED, N_("Complete it")),
}


@dataclass(frozen=True)
class Offered:
    """A form on the page. `open`: it was sent and stands there filled in."""

    what: str
    label: str
    form: Form
    open: bool


def offered(found: Any, filled: Mapping[str, Form]) -> list[Offered]:
    """The acts of this state, and one that was sent although it is none of them any more."""
    way = WAYS[Course(found.course or Course.RETURN_FIRST)]
    following = way.allowed.get(ReplacementState(found.state), ())
    return [
        Offered(what, gettext(kind.label), filled.get(what) or kind.form(of=what), what in filled)
        for what, kind in KINDS.items()
        if what in filled or (kind.to in following and kind.whole_unit in (None, found.whole_unit))
    ]
