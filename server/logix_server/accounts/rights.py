"""What each role may do, in one table. Pure.

A right says what kind of thing a person may do; on whose rows is said by `access.scope` in the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from logix_server.accounts.refusals import Forbidden


class Role(StrEnum):
    """The roles of `accounts.models.Person`."""

    VENDOR_MANAGER = "vendor-manager"
    SUPPORT_ENGINEER = "support-engineer"
    RELEASE_MANAGER = "release-manager"
    DEALER = "dealer"
    CUSTOMER_ADMINISTRATOR = "customer-administrator"
    CUSTOMER_USER = "customer-user"


#: Ours: they see every customer, and sign in with a second factor only.
VENDOR: Final = frozenset({Role.VENDOR_MANAGER, Role.SUPPORT_ENGINEER, Role.RELEASE_MANAGER})
#: Kind of an organisation -> the roles that its people may have.
ROLES_OF: Final[Mapping[str, frozenset[Role]]] = {
    "vendor": VENDOR,
    "dealer": frozenset({Role.DEALER}),
    "customer": frozenset({Role.CUSTOMER_ADMINISTRATOR, Role.CUSTOMER_USER}),
}


class Right(StrEnum):
    """What may be done."""

    OPEN_TICKET = "open-ticket"  # as a customer or for one (SUP-6)
    WRITE_TO_TICKET = "write-to-ticket"  # a customer's message, follow
    HANDLE_TICKET = "handle-ticket"  # answer, note, move, assign, level, merge, quarantined mail
    SEE_INTERNAL = "see-internal"  # notes, evidence, whatever is not public
    CONFIRM_REPLACEMENT = "confirm-replacement"  # WAR-7: an engineer
    REQUEST_SERVICE = "request-service"  # replacement, visit (SUP-8)
    ARRANGE_VISIT = "arrange-visit"
    ACKNOWLEDGE_PAGE = "acknowledge-page"
    SET_ROTA = "set-rota"
    WRITE_ARTICLE = "write-article"
    ANNOUNCE_PRODUCT = "announce-product"  # releases, end of sale, end of life (LIF-4)
    GRANT_EXCEPTION = "grant-exception"  # Reading 7
    MANAGE_PEOPLE = "manage-people"  # of every organisation
    MANAGE_OWN_PEOPLE = "manage-own-people"  # of the own organisation
    RESET_SECOND_FACTOR = "reset-second-factor"
    GIVE_CONSENT = "give-consent"  # lets the dealer see
    ADMINISTER = "administer"  # /admin


_ENGINEERS: Final = frozenset({Role.VENDOR_MANAGER, Role.SUPPORT_ENGINEER})
_CUSTOMERS: Final = ROLES_OF["customer"]
_MANAGER: Final = frozenset({Role.VENDOR_MANAGER})

ALLOWED: Final[Mapping[Right, frozenset[Role]]] = {
    Right.OPEN_TICKET: _ENGINEERS | _CUSTOMERS | {Role.DEALER},
    Right.WRITE_TO_TICKET: _CUSTOMERS | {Role.DEALER},
    Right.HANDLE_TICKET: _ENGINEERS,
    Right.SEE_INTERNAL: VENDOR,
    Right.CONFIRM_REPLACEMENT: _ENGINEERS,
    Right.REQUEST_SERVICE: _ENGINEERS | _CUSTOMERS | {Role.DEALER},
    Right.ARRANGE_VISIT: _ENGINEERS,
    Right.ACKNOWLEDGE_PAGE: _ENGINEERS,
    Right.SET_ROTA: _MANAGER,
    Right.WRITE_ARTICLE: VENDOR,
    Right.ANNOUNCE_PRODUCT: frozenset({Role.VENDOR_MANAGER, Role.RELEASE_MANAGER}),
    Right.GRANT_EXCEPTION: _MANAGER,
    Right.MANAGE_PEOPLE: _MANAGER,
    Right.MANAGE_OWN_PEOPLE: _MANAGER | {Role.CUSTOMER_ADMINISTRATOR},
    Right.RESET_SECOND_FACTOR: _MANAGER,
    Right.GIVE_CONSENT: frozenset({Role.CUSTOMER_ADMINISTRATOR}),
    Right.ADMINISTER: _MANAGER,
}


class HasRole(Protocol):
    """Whoever acts, as far as rights go: `access.Viewer`."""

    @property
    def role(self) -> str: ...


def may(viewer: HasRole, right: Right) -> bool:
    """Whether a person of this role may do that."""
    return viewer.role in ALLOWED[right]


def require(viewer: HasRole, right: Right) -> None:
    """Raises `Forbidden` where a person of this role may not do that."""
    if not may(viewer, right):
        raise Forbidden(f"{viewer.role} may not: {right.value}")
