"""How a product's life stands (LIF-1 to LIF-3)."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

VENDORS: Final = {"logix": N_("Logix"), "other": N_("another manufacturer")}


def life(on_sale_since: date | None, end_of_sale: date | None, end_of_life: date | None, today: date) -> str:
    """In which part of its life a product is; each day holds from its beginning (Reading 8)."""
    if end_of_life and end_of_life <= today:
        return _("life ended (LIF-3)")
    if end_of_sale and end_of_sale <= today:
        return _("limited support (LIF-2)")
    if on_sale_since and on_sale_since > today:
        return _("not on sale yet")
    return _("in the portfolio (LIF-1)")
