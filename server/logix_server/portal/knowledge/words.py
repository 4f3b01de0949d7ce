"""What the states of an article are called, and what it is called to bring it there."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

STATES: Final = {
    "draft": N_("draft"),
    "published": N_("published"),
    "retired": N_("retired"),
}
MOVES: Final = {
    "draft": N_("Take back to a draft"),
    "published": N_("Publish"),
    "retired": N_("Retire"),
}
