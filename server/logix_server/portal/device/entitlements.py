"""What a device is entitled to, clause by clause, in the words of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as N_

from logix_server.accounts.access import Viewer
from logix_server.contracts import wording
from logix_server.contracts.decisions import remedies
from logix_server.contracts.decisions.entitlements import Entitlement
from logix_server.contracts.decisions.standing import Line
from logix_server.contracts.reading import contract_of
from logix_server.portal import words

ACTIONS: Final = {
    "ticket.open": N_("Open a ticket"),
    "ticket.hardware_fault": N_("Ticket for a hardware fault"),
    "session.diagnose": N_("Remote session to find a fault"),
    "session.configuration_check": N_("Remote check of the configuration"),
    "session.rules": N_("Remote session to write rules"),
    "session.manage": N_("Remote management"),
    "update.version": N_("Upgrade to a newer version"),
    "update.patch": N_("Security patches and fixes"),
    "backup.run": N_("Backup of system and data"),
    "backup.read": N_("Reading stored backups"),
    "engineer.direct": N_("Calling a support engineer"),
    "onsite.visit": N_("On-site visit"),
    "warranty.repair": N_("Repair under warranty"),
    "warranty.replace_unit": N_("Replacement of the unit under warranty"),
    "warranty.advance_replacement": N_("Replacement without waiting"),
    "module.security": N_("Security modules"),
    "module.other": N_("All other modules"),
    "sell.support": N_("Sale of a support package"),
    "sell.extended_warranty": N_("Sale of the Extended Hardware Warranty"),
}
WHATS: Final = {
    "support package": N_("support package"),
    "update service": N_("update service"),
    "hardware warranty": N_("hardware warranty"),
    "hardware warranty, extended": N_("hardware warranty, extended"),
    "end of sale": N_("end of sale"),
    "end of life": N_("end of life"),
}
RUN_STATES: Final = {
    "running": N_("running"),
    "suspended": N_("suspended"),
    "none": N_("none"),
    "not yet": N_("not yet"),
    "announced": N_("announced"),
    "reached": N_("reached"),
}
_ENDED: Final = N_("expired")


@dataclass(frozen=True)
class RunsRow:
    what: str
    state: str
    until: date | None
    clauses: Sequence[str]
    good: bool


@dataclass(frozen=True)
class ActionRow:
    """One answer: "yes", "no", or "on-condition" where only what is settled on the day is wanting."""

    name: str
    answer: str
    clauses: Sequence[str]
    sentences: Sequence[str]
    until: datetime | None
    changes: Sequence[str]  # what would turn a no into a yes
    opens_at: datetime | None


def runs(line: Line) -> RunsRow:
    """What runs, and until when."""
    what, _space, package = line.what.partition(" package ")
    name = words.called(WHATS, f"{what} package" if package else line.what)
    if package:
        name = f"{words.package(package)} · {name}"
    state = gettext(_ENDED) if line.state == "ended" else words.called(RUN_STATES, line.state)
    return RunsRow(name, state, line.until, line.clauses, line.state == "running")


def action(one: Entitlement) -> ActionRow:
    """An answer with its clauses, its sentences and what would change it."""
    language = (get_language() or "tr")[:2]
    decision = one.decision
    said = dict.fromkeys(wording.sentence(reason, language) for reason in decision.reasons)
    steps = one.steps or ()
    on_condition = bool(steps) and set(steps) <= remedies.OF_THE_MOMENT
    answer = "yes" if decision.allowed else "on-condition" if on_condition else "no"
    return ActionRow(
        words.called(ACTIONS, one.action.value),
        answer,
        decision.clauses,
        list(said),
        decision.until,
        [gettext(remedies.TEXTS[step]) for step in steps],
        one.opens_at,
    )


def shown(viewer: Viewer, serial: str, now: datetime) -> dict[str, Any]:
    """What a page shows of a device's contract: what runs, every answer, what else should be known.

    Raises `NotFound` for a device that this viewer may not see.
    """
    language = (get_language() or "tr")[:2]
    contract = contract_of(viewer, serial, now)
    told = [(reason.clause, wording.sentence(reason, language)) for reason in contract.information]
    return {
        "runs": [runs(line) for line in contract.runs],
        "actions": [action(one) for one in contract.actions],
        "information": told,
        "version": contract.version,
        "upgrades": contract.upgrades,
    }
