"""How a ticket of a level is worked on (PRI-8), and what a workaround asks (SUP-4). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logix_common.findings import N_

from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.reasons import Reason


@dataclass(frozen=True)
class Procedure:
    """What is done, and the actions it may ask of the contract, in this order."""

    reason: Reason
    actions: tuple[Action, ...]


#: By level; it says how a level is handled and never gives one (Reading 19).
PROCEDURES: Final = {
    3: Procedure(
        Reason("PRI-8", N_("Rules and settings are checked over a remote connection.")),
        (Action.SESSION_DIAGNOSE, Action.SESSION_CONFIGURATION_CHECK),
    ),
    2: Procedure(
        Reason("PRI-8", N_("Management support on rules and settings is given over a remote connection.")),
        (Action.SESSION_DIAGNOSE, Action.SESSION_RULES, Action.SESSION_MANAGE),
    ),
    1: Procedure(
        Reason(
            "PRI-8",
            N_("The problem is found and solved over a remote connection or, where needed, on site."),
        ),
        (Action.SESSION_DIAGNOSE, Action.SESSION_RULES, Action.SESSION_MANAGE, Action.ONSITE_VISIT),
    ),
}
_OWNER_NOT_TOLD: Final = N_(
    "A temporary workaround needs the knowledge of the customer's system owner; name who was told."
)


def workaround_bars(system_owner: str) -> tuple[Reason, ...]:
    """Why a workaround may not be put in place yet (SUP-4): nobody was told; () where it may.

    `system_owner` names who was told at the customer. Support goes on until the permanent fix: a ticket
    with a workaround stays open.
    """
    return () if system_owner.strip() else (Reason("SUP-4", _OWNER_NOT_TOLD),)
