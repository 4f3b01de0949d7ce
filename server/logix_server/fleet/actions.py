"""Everything that writes to the fleet, in one place to import from; each lives in the file of its subject.

An action opens its own transaction, or joins the caller's where there is one.
"""

from __future__ import annotations

from logix_server.fleet.admission import admit
from logix_server.fleet.enrolment import enrol, renew, renew_expired
from logix_server.fleet.orders import expire_orders, give_order, order_answered, order_sent
from logix_server.fleet.presences import beat, closed, declare_conflict, seen, start_run, stop_run, trusts
from logix_server.fleet.silence_watch import close_incident, judge_silence
from logix_server.fleet.telling import advance, prune_inventories, store_inventories
from logix_server.fleet.units import (
    create_token,
    decommission,
    open_installation,
    register_unit,
    resolve_conflict,
    revoke,
)

__all__ = [
    "admit",
    "advance",
    "beat",
    "close_incident",
    "closed",
    "create_token",
    "declare_conflict",
    "decommission",
    "enrol",
    "expire_orders",
    "give_order",
    "judge_silence",
    "open_installation",
    "order_answered",
    "order_sent",
    "prune_inventories",
    "register_unit",
    "renew",
    "renew_expired",
    "resolve_conflict",
    "revoke",
    "seen",
    "start_run",
    "stop_run",
    "store_inventories",
    "trusts",
]
