"""How a person and an invitation may change their standing. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class Standing(StrEnum):
    """How a person stands; follows from the row (`accounts.models.Person.standing`)."""

    CONTACT = "contact"  # known by mail address, cannot sign in
    ACTIVE = "active"  # can sign in
    INACTIVE = "inactive"  # neither signs in nor is known by mail address
    ERASED = "erased"  # nothing personal is left


PERSON: Final = Transitions(
    "person",
    {
        Standing.CONTACT: {Standing.ACTIVE, Standing.INACTIVE, Standing.ERASED},
        Standing.ACTIVE: {Standing.INACTIVE, Standing.ERASED},
        Standing.INACTIVE: {Standing.CONTACT, Standing.ACTIVE, Standing.ERASED},
    },
)


class InvitationState(StrEnum):
    """The states of `accounts.models.Invitation`; one that is open may also be too old."""

    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"


INVITATION: Final = Transitions(
    "invitation", {InvitationState.OPEN: {InvitationState.USED, InvitationState.WITHDRAWN}}
)
