"""What a fault means for the tickets of its installation. Pure: facts and `at` in, a decision out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from logix_server.contracts.decisions import coverage
from logix_server.contracts.decisions.coverage import Action, Reason
from logix_server.contracts.decisions.terms import ContractFacts
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.levels import Level, is_hardware, level_of


class Happening(Enum):
    """What happened to the fault."""

    RAISED = "raised"
    WORSE = "worse"
    BETTER = "better"
    REPEATED = "repeated"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class FaultFacts:
    """One fault as it stands now."""

    fault_id: int
    part: str
    code: str
    severity: int
    related_parts: tuple[str, ...] = ()
    recovered: bool = False
    urgent: bool = False  # redundancy is lost on a system that runs (PRI-4)


@dataclass(frozen=True)
class TicketFacts:
    """One open ticket of the installation and the faults it is about."""

    ticket_id: int
    part: str
    level: Level
    faults: tuple[FaultFacts, ...] = ()
    urgent: bool = False


@dataclass(frozen=True)
class OpenTicket:
    """Open one, on what the contract's reasons say. `gathers`: for all further faults, not for a part."""

    level: Level
    reasons: tuple[Reason, ...]
    gathers: bool = False
    urgent: bool = False


@dataclass(frozen=True)
class Crowd:
    """How much comes from a unit and stands at its installation.

    `raised`: findings that the unit raised within the hour that ends with this one, this one included.
    `gathering` is the ticket for all that is too much.
    """

    open: int
    raised: int
    gathering: TicketFacts | None = None


@dataclass(frozen=True)
class Bounds:
    """What is too much: tickets open at an installation, findings raised by a unit within an hour."""

    open: int
    raised: int


@dataclass(frozen=True)
class JoinTicket:
    """The fault belongs to an open ticket. `level` and `urgent` are set where they raise the ticket's."""

    ticket_id: int
    reasons: tuple[Reason, ...]
    level: Level | None = None
    came_back: bool = False  # the same part had recovered on this ticket
    urgent: bool = False


@dataclass(frozen=True)
class RaiseLevel:
    """A fault of the ticket got worse than its level (None: it did not), or urgent though it was not."""

    ticket_id: int
    level: Level | None
    urgent: bool = False


@dataclass(frozen=True)
class Note:
    """Something to write down on the ticket, no more."""

    ticket_id: int
    kind: EventKind


@dataclass(frozen=True)
class Refuse:
    """No ticket; customer and dealer are told why."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Nothing:
    """Nothing to do: a fault without a ticket recovered or got better; or all is done already."""


Outcome = OpenTicket | JoinTicket | RaiseLevel | Note | Refuse | Nothing

NOTE_OF = {
    Happening.WORSE: EventKind.FAULT_WORSE,
    Happening.BETTER: EventKind.FAULT_BETTER,
    Happening.REPEATED: EventKind.FAULT_REPEATED,
    # "Recovered, to be verified": an engineer closes the ticket, the fault never does.
    Happening.RECOVERED: EventKind.FAULT_RECOVERED,
}


def decide(
    happening: Happening,
    fault: FaultFacts,
    contract: ContractFacts,
    open_tickets: Sequence[TicketFacts],
    at: datetime,
) -> Outcome:
    """Answer one happening of one fault.

    A fault that no open ticket is about is judged by the contract, at its raise and whenever it gets
    worse or is raised again: what was refused then may be covered now.
    """
    own = next((t for t in open_tickets if any(f.fault_id == fault.fault_id for f in t.faults)), None)
    level = level_of(fault.code, fault.severity)
    if own is not None:
        raised, urgent = _raised(own, level), fault.urgent and not own.urgent
        if happening is not Happening.RECOVERED and (raised or urgent):
            return RaiseLevel(own.ticket_id, raised, urgent)
        if happening is Happening.RAISED:
            return Nothing()  # a later happening was taken up before it and opened the ticket
        return Note(own.ticket_id, NOTE_OF[happening])
    if happening in (Happening.RECOVERED, Happening.BETTER):
        return Nothing()
    decision = coverage.decide(contract, action_for(fault.code), at)
    if not decision.allowed:
        return Refuse(decision.reasons)
    ticket = related_ticket(fault, open_tickets)
    if ticket is None:
        return OpenTicket(level, decision.reasons, urgent=fault.urgent)
    return JoinTicket(
        ticket.ticket_id,
        decision.reasons,
        level=_raised(ticket, level),
        came_back=any(f.recovered and (f.part, f.code) == (fault.part, fault.code) for f in ticket.faults),
        urgent=fault.urgent and not ticket.urgent,
    )


def gathered(wanted: OpenTicket, crowd: Crowd, bounds: Bounds) -> OpenTicket | JoinTicket:
    """A storm shares one ticket: what a unit raises beyond so many within an hour, or its installation
    beyond so many open tickets.

    One cause (a controller, a supply) shows as many faults; nobody works on so many; and a device that
    lies must not wake people a thousand times. What had its ticket before keeps it.
    """
    if crowd.open < bounds.open and crowd.raised <= bounds.raised:
        return wanted
    shared = crowd.gathering
    if shared is None:
        return replace(wanted, gathers=True)
    urgent = wanted.urgent and not shared.urgent
    return JoinTicket(shared.ticket_id, wanted.reasons, _raised(shared, wanted.level), urgent=urgent)


def _raised(ticket: TicketFacts, level: Level) -> Level | None:
    """The level where it is more critical than the ticket's."""
    return level if level.level < ticket.level.level else None


def action_for(code: str) -> Action:
    """Hardware faults stand on support or warranty (Reading 6), all others on support."""
    return Action.TICKET_HARDWARE_FAULT if is_hardware(code) else Action.TICKET_OPEN


def related_ticket(fault: FaultFacts, open_tickets: Sequence[TicketFacts]) -> TicketFacts | None:
    """The open ticket that this fault belongs to: the same part first, then parts that either names."""
    for ticket in open_tickets:
        if ticket.part == fault.part:
            return ticket
    for ticket in open_tickets:
        parts = {ticket.part, *(known.part for known in ticket.faults)}
        if fault.part in parts or parts & set(fault.related_parts):
            return ticket
        if any(fault.part in known.related_parts for known in ticket.faults):
            return ticket
    return None
