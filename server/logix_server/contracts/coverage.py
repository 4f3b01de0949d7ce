"""May this be done for this customer at this moment? Facts, action and moment in, decision out. Pure.

Texts are message ids with parameters; `contracts.wording` puts them into Turkish and English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from logix_common.findings import N_

from logix_server.contracts import terms
from logix_server.contracts.terms import ContractFacts, Hardware, Vendor

Parameter = str | int | date


class Action(StrEnum):
    """What may be asked for."""

    TICKET_OPEN = "ticket.open"
    TICKET_HARDWARE_FAULT = "ticket.hardware_fault"


@dataclass(frozen=True)
class Reason:
    """One sentence to the customer and the clause it rests on."""

    clause: str
    message: str  # an English msgid of the server's catalogue
    parameters: Mapping[str, Parameter] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Decision:
    """The answer; `reasons` are in order, the deciding one first.

    `until` is the first instant at which the answer or its clauses would change by time alone,
    exclusive; None if it never does.
    """

    allowed: bool
    reasons: tuple[Reason, ...]
    until: datetime | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses it rests on, each once, the deciding one first."""
        return tuple(dict.fromkeys(reason.clause for reason in self.reasons))


_NOT_OURS = N_("Support is given for Logix products only.")
_END_OF_LIFE = N_(
    "The product reached the end of its life cycle on %(day)s and is no longer supported; we gladly offer"
    " a current product instead."
)
_CUSTOMER_HARDWARE = N_(
    "The hardware was supplied by the customer; it has no hardware service and no warranty, and support"
    " covers system and software only."
)
_SUSPENDED = N_(
    "The %(package)s package is suspended because the update service does not run; it goes on when the"
    " update service is renewed."
)
_NO_PACKAGE = N_("No support package is running for this product.")
_PACKAGE_ENDED = N_("No support package is running for this product; the last one ended on %(day)s.")
_WARRANTY_OVER = N_("The hardware warranty ended on %(day)s.")
_EXTENSION_OVER = N_("The extended hardware warranty ended on %(day)s.")
_NO_WARRANTY = N_("No hardware warranty is running for this product.")
_FREE_PACKAGE = N_("Covered by the %(package)s package of the first year, until %(day)s.")
_BOUGHT_PACKAGE = N_("Covered by the %(package)s package, until %(day)s.")
_MAY_OPEN = N_("With a running support package tickets may be opened at any hour.")
_WARRANTY = N_("Covered by the hardware warranty until %(day)s.")
_EXTENDED_WARRANTY = N_("Covered by the extended hardware warranty until %(day)s.")


def decide(facts: ContractFacts, action: Action, at: datetime) -> Decision:
    """Answer `action` at the moment `at`, with every reason that applies."""
    rule = _RULES[action]
    allowed, reasons = rule(facts, terms.local_day(at))
    decision = Decision(allowed, reasons)
    for instant in terms.boundaries(facts, at):
        later = Decision(*rule(facts, terms.local_day(instant)))
        if (later.allowed, later.clauses) != (decision.allowed, decision.clauses):
            return Decision(allowed, reasons, instant)
    return decision


_Answer = tuple[bool, tuple[Reason, ...]]


def _product_bars(facts: ContractFacts, day: date) -> list[Reason]:
    bars = []
    if facts.vendor is not Vendor.LOGIX:
        bars.append(Reason("SUP-3", _NOT_OURS))
    if facts.end_of_life_on is not None and terms.end_of_life(facts, day):
        bars.append(Reason("LIF-3", _END_OF_LIFE, {"day": facts.end_of_life_on}))
    return bars


def _support(facts: ContractFacts, day: date) -> tuple[Reason, ...]:
    """What a running, unsuspended package gives; () when there is none."""
    package = terms.running_package(facts, day)
    if package is None or terms.suspended(facts, day):
        return ()
    parameters: dict[str, Parameter] = {"package": package.package, "day": package.last_day}
    if package.free:
        return (Reason("SUP-1", _FREE_PACKAGE, parameters),)
    return (Reason("SUP-2", _BOUGHT_PACKAGE, parameters),)


def _no_support(facts: ContractFacts, day: date) -> Reason:
    """Why no package serves: suspended (UPD-5, Reading 13) or none at all (SUP-1)."""
    package = terms.running_package(facts, day)
    if package is not None:
        return Reason("UPD-5", _SUSPENDED, {"package": package.package})
    ended = [term.last_day for term in terms.package_terms(facts) if term.last_day < day]
    if ended:
        return Reason("SUP-1", _PACKAGE_ENDED, {"day": max(ended)})
    return Reason("SUP-1", _NO_PACKAGE)


def _warranty(facts: ContractFacts, day: date) -> tuple[Reason, ...]:
    """The warranty of that day; () when there is none. The end of life is a bar of its own."""
    until = terms.warranty_until(facts)
    if until is None or not terms.warranty_in_term(facts, day):
        return ()
    clause = terms.warranty_clause(facts, day)
    if clause == "WAR-2":
        return (Reason("WAR-2", _EXTENDED_WARRANTY, {"day": until}),)
    first = terms.anniversary(facts.purchased_on, terms.WARRANTY_YEARS) if facts.purchased_on else until
    return (Reason("WAR-1", _WARRANTY, {"day": min(first, until)}),)


def _no_warranty(facts: ContractFacts, day: date) -> Reason:
    until = terms.warranty_until(facts)
    if until is None or day <= until:
        return Reason("WAR-1", _NO_WARRANTY)
    if facts.extended_warranty:
        return Reason("WAR-2", _EXTENSION_OVER, {"day": until})
    return Reason("WAR-1", _WARRANTY_OVER, {"day": until})


def _ticket_open(facts: ContractFacts, day: date) -> _Answer:
    bars = _product_bars(facts, day)
    support = _support(facts, day)
    if not support:
        bars.append(_no_support(facts, day))
    if bars:
        return False, tuple(bars)
    return True, (*support, Reason("MAT-2", _MAY_OPEN))


def _hardware_fault(facts: ContractFacts, day: date) -> _Answer:
    """Reading 6: support or warranty; neither the cause nor its confirmation is asked."""
    bars = _product_bars(facts, day)
    customers = facts.hardware is Hardware.CUSTOMER
    if customers:
        bars.append(Reason("WAR-3", _CUSTOMER_HARDWARE))
    support, warranty = _support(facts, day), _warranty(facts, day)
    if not bars and (support or warranty):
        return True, support + warranty
    if not warranty and not support:
        if not customers:  # customer's hardware never had one that could be over
            bars.append(_no_warranty(facts, day))
        bars.append(_no_support(facts, day))
    return False, tuple(bars)


_RULES: Final[Mapping[Action, Callable[[ContractFacts, date], _Answer]]] = {
    Action.TICKET_OPEN: _ticket_open,
    Action.TICKET_HARDWARE_FAULT: _hardware_fault,
}
