"""What roles and standings are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as N_

ROLES: Final = {
    "vendor-manager": N_("manager (Logix)"),
    "support-engineer": N_("support engineer (Logix)"),
    "release-manager": N_("release manager (Logix)"),
    "dealer": N_("dealer"),
    "customer-administrator": N_("administrator (customer)"),
    "customer-user": N_("user (customer)"),
}
STANDINGS: Final = {
    "contact": N_("contact, cannot sign in"),
    "active": N_("can sign in"),
    "inactive": N_("stopped"),
    "erased": N_("erased"),
}
#: Each in its own words.
LANGUAGES: Final = (("tr", "Türkçe"), ("en", "English"))
PASSWORD_RULES: Final = gettext_lazy(
    "At least 12 characters, several words for example; none of the common ones, and not like your name or"
    " mail address. You will not have to change it regularly."
)


def roles(codes: Iterable[str]) -> list[tuple[str, str]]:
    """(code, what it is called) of each."""
    return [(str(code), gettext(ROLES[str(code)])) for code in codes]


def all_roles() -> str:
    """The choice that narrows nothing."""
    return gettext("all")
