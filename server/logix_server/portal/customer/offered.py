"""What the contract gives for a ticket, and what it does not, in the words of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext

from logix_server.contracts import wording
from logix_server.contracts.decisions import remedies
from logix_server.contracts.decisions.coverage import Reason
from logix_server.contracts.decisions.entitlements import Entitlement
from logix_server.portal import words
from logix_server.portal.customer import clocks
from logix_server.tickets.decisions.levels import HARDWARE
from logix_server.tickets.desk.offers import Offer


@dataclass(frozen=True)
class Refusal:
    """A no: its reasons with their clauses, and what would change it."""

    reasons: Sequence[tuple[str, str]]
    changes: Sequence[str]
    opens_at: datetime | None


@dataclass(frozen=True)
class LevelRow:
    level: int
    target: str
    due_at: datetime | None
    why: str
    clauses: Sequence[str]


@dataclass(frozen=True)
class Offered:
    """`refused`, `no_hardware`: why no ticket may be opened at all, for a hardware fault neither.

    `only_hardware`: why none but for a hardware fault.
    """

    package: str
    suspended: bool
    clauses: Sequence[str]
    sentences: Sequence[str]
    levels: Sequence[LevelRow]
    refused: Refusal | None
    no_hardware: Refusal | None
    only_hardware: Refusal | None


def offered(offer: Offer) -> Offered:
    """An offer in words."""
    any_problem, hardware = offer.any_problem, offer.hardware_fault
    given = any_problem if any_problem.decision.allowed else hardware
    no = None if any_problem.decision.allowed else _refusal(any_problem, any_problem.decision.reasons)
    return Offered(
        package=words.package(offer.terms.package.value if offer.terms.package else ""),
        suspended=offer.terms.suspended,
        clauses=given.decision.clauses if offer.allowed else (),
        sentences=_sentences(given.decision.reasons) if offer.allowed else (),
        levels=[
            LevelRow(
                one.level,
                clocks.target(one.target),
                one.due_at,
                "" if one.due_at else clocks.why_none(one.clauses),
                one.clauses,
            )
            for one in offer.promises
        ],
        refused=None if offer.allowed else no,
        no_hardware=None if offer.allowed else _refusal(hardware, hardware.decision.reasons),
        only_hardware=no if offer.allowed else None,
    )


def refusal(offer: Offer, reasons: Sequence[Reason], answers: Sequence[str]) -> Refusal:
    """The contract's no to a ticket that answers these rows."""
    asked = offer.hardware_fault if HARDWARE in answers else offer.any_problem
    return _refusal(asked, reasons)


def _refusal(asked: Entitlement, reasons: Sequence[Reason]) -> Refusal:
    language = (get_language() or "tr")[:2]
    said = dict.fromkeys((reason.clause, wording.sentence(reason, language)) for reason in reasons)
    steps = [] if asked.decision.allowed else asked.steps or ()
    changes = [gettext(remedies.TEXTS[step]) for step in steps]
    if not changes and asked.opens_at is None:
        changes = [gettext(remedies.NOTHING)]
    return Refusal(list(said), changes, asked.opens_at)


def _sentences(reasons: Sequence[Reason]) -> list[str]:
    language = (get_language() or "tr")[:2]
    return list(dict.fromkeys(wording.sentence(reason, language) for reason in reasons))
