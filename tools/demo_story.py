"""The cast of the demo, and what must be on record when its story is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

JSON = Mapping[str, Any]


@dataclass(frozen=True)
class Purchase:
    """A package or a renewal bought `days_ago` for `years`; `package` "" is the update service."""

    package: str
    days_ago: int
    years: int


@dataclass(frozen=True)
class Appliance:
    """One customer's appliance and what was bought for it."""

    serial: str
    customer: str
    story: str
    bought_days_ago: int
    purchases: Sequence[Purchase] = ()
    simulated: bool = True

    def purchased_on(self, today: date) -> date:
        return today - timedelta(days=self.bought_days_ago)


TEMEL = Appliance("LGX-T-1001", "Ankara Diş Kliniği", "Temel, first year", 100)
STANDART = Appliance(
    "LGX-S-2002",
    "Ege Lojistik",
    "Standart, second year",
    400,
    (Purchase("", 35, 1), Purchase("standart", 35, 1)),
)
PROFESYONEL = Appliance("LGX-P-3003", "Boğaz Hastanesi", "Profesyonel", 60, (Purchase("profesyonel", 60, 3),))
LAPSED = Appliance("LGX-L-4004", "Toros Tekstil", "updates and warranty run out", 1_200)
HERE = Appliance("LGX-H-5005", "Rekare Test", "this very machine", 10, simulated=False)
CAST = (TEMEL, STANDART, PROFESYONEL, LAPSED, HERE)


def violations(tickets: Sequence[JSON], faults: Sequence[JSON], devices: Sequence[JSON]) -> list[str]:
    """What does not hold of the story; empty when all does. Inputs are the command line's own JSON."""
    tickets = [ticket for ticket in tickets if ticket["device"] != HERE.serial]
    faults = [fault for fault in faults if fault["device"] != HERE.serial]
    wrong: list[str] = []

    def expect(holds: bool, what: str) -> None:
        if not holds:
            wrong.append(what)

    by_serial = {ticket["device"]: ticket for ticket in tickets}
    expect(len(tickets) == 3, f"three tickets on the simulated appliances, not {len(tickets)}")
    for appliance in (TEMEL, STANDART, PROFESYONEL):
        ticket = by_serial.get(appliance.serial)
        expect(ticket is not None, f"{appliance.serial}: a ticket")
        if ticket:
            expect(ticket["level"] == 2, f"{appliance.serial}: level 2, not {ticket['level']}")
            expect("PRI-4" in ticket["level_clauses"], f"{appliance.serial}: the level cites PRI-4")
            expect("MAT-7" in ticket["deadline_clauses"], f"{appliance.serial}: the deadline cites MAT-7")
    wrong += _deadlines(by_serial)
    wrong += _faults(faults, by_serial)
    connected = {device["serial"] for device in devices if device["link"] == "connected"}
    missing = sorted({appliance.serial for appliance in CAST} - connected)
    expect(not missing, f"all five appliances connected; missing: {', '.join(missing)}")
    return wrong


def _deadlines(by_serial: Mapping[str, JSON]) -> list[str]:
    wrong = []
    if (ticket := by_serial.get(TEMEL.serial)) and ticket["deadline"] is not None:
        wrong.append("Temel at level 2 has no committed time (Reading 2)")
    if (ticket := by_serial.get(PROFESYONEL.serial)) and ticket["deadline"]:
        hour = datetime.fromisoformat(ticket["deadline"]) - datetime.fromisoformat(ticket["opened_at"])
        if abs(hour - timedelta(hours=1)) > timedelta(minutes=1):
            wrong.append(f"Profesyonel at level 2 is due after one hour, not after {hour}")
    elif ticket:
        wrong.append("Profesyonel at level 2 has a deadline")
    if (ticket := by_serial.get(STANDART.serial)) and ticket["deadline"]:
        due = datetime.fromisoformat(ticket["deadline"]) + timedelta(0)
        span = due - datetime.fromisoformat(ticket["opened_at"])
        if not timedelta(hours=3, minutes=30) < span < timedelta(days=12):
            wrong.append(f"Standart at level 2 is due after about four working hours, not after {span}")
    elif ticket:
        wrong.append("Standart at level 2 has a deadline")
    return wrong


def _faults(faults: Sequence[JSON], by_serial: Mapping[str, JSON]) -> list[str]:
    wrong = []
    of: dict[str, list[JSON]] = {}
    for fault in faults:
        of.setdefault(fault["device"], []).append(fault)
    lapsed = of.get(LAPSED.serial, [])
    if (
        len(lapsed) != 1
        or lapsed[0]["covered"] is not False
        or lapsed[0]["clauses"][:2] != ["WAR-1", "SUP-1"]
    ):
        wrong.append("the lapsed customer's fault is refused with WAR-1, then SUP-1")
    professional = of.get(PROFESYONEL.serial, [])
    joined = {fault["ticket"] for fault in professional}
    if {fault["component"] for fault in professional} != {"disk", "raid"} or len(joined) != 1:
        wrong.append("the RAID array's fault joins the disk's ticket")
    recovered = [fault["state"] for fault in of.get(TEMEL.serial, [])]
    if recovered != ["recovered"] or by_serial.get(TEMEL.serial, {}).get("state") in {
        None,
        "closed",
        "solved",
    }:
        wrong.append("the recovered fault is noted and its ticket stays open")
    worse = of.get(STANDART.serial, [])
    if [(fault["severity"], fault["state"]) for fault in worse] != [(2, "open")]:
        wrong.append("the worn disk got worse: one open fault of severity 2")
    return wrong
