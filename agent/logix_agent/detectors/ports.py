"""Network ports: link, speed, duplex, damaged frames, bonds, optics. Pure.

- A port that is administratively down is nothing. A link that is missing is a fault where the configuration
  names the port, or where it was there before; else it cannot be told whether a cable was ever plugged in.
- Speed: below what both ends advertise, or what the port ran before; where the other end is not told,
  100 Mbit/s or less on a port for a gigabit and more (a broken pair leaves 100, IEEE 802.3 clause 40).
- Damaged frames: IEEE 802.3 allows a gigabit link a bit error rate of 1e-10 (clause 40.1), that is about
  one frame of full length in a million; more, and at least ten, is a bad cable, optic or port. Frames
  dropped, missed or of a wrong length are load and configuration, not hardware.
- Flapping: three losses of link within an hour; at first sight ten since the driver was loaded (early).
- A bond that has lost a member has lost redundancy; one without any does not work.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.lazy import lazily
from logix_agent.probes.port_readings import Bond, NetReading, Port
from logix_agent.probes.readings import CannotTell

if TYPE_CHECKING:
    from logix_agent.detectors import link_modes, optics
else:  # needed where ethtool tells of links and modules
    link_modes, optics = lazily("detectors", "link_modes", "optics")

NAME: Final = "ports"
MAX_NOTES: Final = 256
#: Of frames; and how many at least.
ERROR_RATE: Final = 1e-6
MIN_ERRORS: Final = 10
FLAPS: Final = 3
FLAP_WINDOW: Final = 3_600.0
OLD_FLAPS: Final = 10
GIGABIT: Final = 1_000
#: Counters of what came damaged, by the kernel's names and by drivers' (ethtool -S).
_DAMAGED: Final = (
    "rx_crc_errors",
    "rx_frame_errors",
    "crc_errors",
    "align_errors",
    "rx_align_errors",
    "rx_symbol_errors",
    "rx_symbol_err_phy",
    "rx_crc_errors_phy",
    "port.rx_crc_errors",
    "rx_fcs_errors",
    "symbol_errors",
    "port.illegal_bytes",
    "rx_errors_phy",
)
#: Parts of the sums rx_errors and tx_errors (rtnl_link_stats64, include/uapi/linux/if_link.h).
_LOAD: Final = ("fifo_errors", "over_errors", "missed_errors", "missed", "length_errors", "dropped")
_UNSENT: Final = ("tx_carrier_errors", "tx_heartbeat_errors", "carrier_errors", "tx_carrier_sense_errors")
_LATE: Final = ("tx_window_errors", "tx_late_collisions", "late_collisions", "tx_abort_late_coll")
_FRAMES_IN: Final = ("rx_packets", "port.rx_unicast", "rx_unicast", "rx_packets_phy")
_FRAMES_OUT: Final = ("tx_packets", "port.tx_unicast", "tx_unicast", "tx_packets_phy")


def judge(
    reading: NetReading | CannotTell,
    notes: Mapping[str, str] | None = None,
    wanted: Collection[str] = (),
    now: float = 0.0,
    modes: Mapping[str, str] | None = None,
) -> Judgement:
    """Verdicts on every physical port and bond.

    `notes`: see `noted`; `wanted`: ports meant to be up; `modes`: see `link_modes`.
    """
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.NIC, "", reading.reason, reading.absent),))
    judgement = Judgement()
    bonded = {member.name for bond in reading.bonds for member in bond.members}
    for seen in reading.ports:
        known = _known((notes or {}).get(seen.name, ""))
        told_modes = (modes or {}).get(seen.name, "")
        port = link_modes.completed(seen, told_modes) if told_modes else seen
        judgement = judgement.joined(_judge(port, known, port.name in wanted, port.name in bonded, now))
    told = {port.name for port in reading.ports if port.downs is not None}
    for bond in reading.bonds:
        judgement = judgement.joined(_judge_bond(bond, told))
    return judgement


def noted(reading: NetReading | CannotTell, notes: Mapping[str, str], now: float) -> Mapping[str, str]:
    """What to keep of each port: whether it ever had a link, its best speed, its losses an hour ago."""
    if isinstance(reading, CannotTell):
        return notes
    after = dict(notes)
    for port in reading.ports[:MAX_NOTES]:
        linked, speed, downs, at = _known(notes.get(port.name, "")) or (False, 0, port.downs or 0, now)
        count = port.downs if port.downs is not None else downs
        if not 0 <= now - at < FLAP_WINDOW or count < downs:
            downs, at = count, now
        speed = max(speed, port.speed or 0) if port.link else speed
        after[port.name] = json.dumps([linked or bool(port.link), speed, downs, round(at)])
    return after


_Known = tuple[bool, int, int, float]


def _known(note: str) -> _Known | None:
    try:
        linked, speed, downs, at = json.loads(note)
        return bool(linked), int(speed), int(downs), float(at)
    except (ValueError, TypeError, OverflowError):
        return None


def _judge(port: Port, known: _Known | None, wanted: bool, bonded: bool, now: float) -> Judgement:
    verdicts = PartVerdicts(
        f"nic:{port.name}", slot=port.slot or port.name, serial=port.serial, model=port.model
    )
    doubts: tuple[Doubt, ...] = ()
    if port.enabled is not False:
        doubts = _link(port, known, wanted, bonded, verdicts)
        if port.link is not False:
            _speed(port, known, verdicts)
        _flapping(port, known, verdicts, now)
    _errors(port, verdicts)
    if port.alarms is not None:
        optics.judge_port(port, verdicts)
    told = verdicts.judgement(doubts)
    if not told.judged_parts and not doubts:
        why = "administratively down" if port.enabled is False else "tells nothing to judge by"
        reason = Doubt(Component.NIC, verdicts.part, f"{port.name}: {why}", absent=port.enabled is False)
        return Judgement(doubts=(reason,))
    return told


def _link(
    port: Port, known: _Known | None, wanted: bool, bonded: bool, verdicts: PartVerdicts
) -> tuple[Doubt, ...]:
    if port.link:
        verdicts.sound("nic.link-lost")
    elif port.link is False and not bonded:  # of a bond's members the bond is judged
        if wanted or (known and known[0]):
            why = "the configuration names it" if wanted else "it had a link before"
            evidence = Evidence(port.source, "carrier", "0", "1", why)
            verdicts.fault(Component.NIC, "nic.link-lost", Severity.NEEDS_REPLACEMENT, [evidence])
        else:
            reason = f"{port.name}: no link, and nothing says that it should have one"
            # a socket without a cable is what most machines have: no doubt worth a word
            return (Doubt(Component.NIC, verdicts.part, reason, absent=True),)
    return ()


def _speed(port: Port, known: _Known | None, verdicts: PartVerdicts) -> None:
    if port.duplex == "half" and (port.speed is None or port.speed >= 10):
        evidence = Evidence(port.source, "duplex", "half", "full")
        verdicts.fault(Component.NIC, "nic.half-duplex", Severity.FROM_TIME_TO_TIME, [evidence])
    elif port.duplex == "full":
        verdicts.sound("nic.half-duplex")
    if not port.speed:
        return
    limit, why = 0, ""
    if port.negotiates is False:
        pass  # set by hand
    elif port.common:
        limit, why = port.common, "both ends advertise more"
    elif port.best and port.best >= GIGABIT and port.speed < GIGABIT:
        limit, why = GIGABIT, f"the port can run {port.best} Mbit/s"
    if known and known[1] > port.speed:
        limit, why = max(limit, known[1]), "it ran faster before"
    if limit > port.speed:
        evidence = Evidence(port.source, "speed", f"{port.speed} Mbit/s", f"{limit} Mbit/s", why)
        verdicts.fault(Component.NIC, "nic.speed-low", Severity.FROM_TIME_TO_TIME, [evidence])
    else:
        verdicts.sound("nic.speed-low")


def _flapping(port: Port, known: _Known | None, verdicts: PartVerdicts, now: float) -> None:
    if port.downs is None:
        return
    code, losses = "nic.link-flapping", port.downs - known[2] if known else 0
    if known and losses >= FLAPS and 0 <= now - known[3] <= 2 * FLAP_WINDOW:
        evidence = Evidence(port.source, "carrier_down_count", f"{losses} in an hour", str(FLAPS))
        verdicts.fault(Component.NIC, code, Severity.FROM_TIME_TO_TIME, [evidence])
    elif known is None and port.downs >= OLD_FLAPS:
        evidence = Evidence(port.source, "carrier_down_count", str(port.downs), str(OLD_FLAPS))
        verdicts.fault(
            Component.NIC, code, Severity.FROM_TIME_TO_TIME, [evidence], early=True, count=float(port.downs)
        )
    else:
        verdicts.sound(code)


def _errors(port: Port, verdicts: PartVerdicts) -> None:
    """Damaged and unsent frames against all; early signs, since counters run from boot."""
    for code, names, frames in (
        ("nic.receive-errors", _DAMAGED, _FRAMES_IN),
        ("nic.transmit-errors", _UNSENT, _FRAMES_OUT),
        ("nic.half-duplex", _LATE, _FRAMES_OUT),
    ):
        told = {name: port.counters[name] for name in names if name in port.counters}
        told |= _all_but_load(port.counters, code)
        total = max((port.counters[name] for name in frames if name in port.counters), default=None)
        if not told or total is None:
            continue
        # several names may count the same frames
        name, count = max(told.items(), key=lambda each: each[1])
        if count >= MIN_ERRORS and count > ERROR_RATE * (total + count):
            evidence = Evidence(port.source, name, f"{count} of {total} frames", f"{ERROR_RATE:g} of frames")
            verdicts.fault(
                Component.NIC, code, Severity.FROM_TIME_TO_TIME, [evidence], early=True, count=float(count)
            )
        elif code != "nic.half-duplex":
            verdicts.sound(code)


def _all_but_load(counters: Mapping[str, int], code: str) -> dict[str, int]:
    """The sum of a port's errors without those that load alone brings."""
    side = {"nic.receive-errors": "rx", "nic.transmit-errors": "tx"}.get(code)
    if side is None or f"{side}_errors" not in counters:
        return {}
    load = sum(counters.get(f"{side}_{name}", 0) for name in _LOAD)
    return {f"{side}_errors": max(0, counters[f"{side}_errors"] - load)}


def _judge_bond(bond: Bond, told: Collection[str]) -> Judgement:
    """`told`: ports that tell their own losses of link: those are not the bond's finding as well."""
    verdicts = PartVerdicts(f"bond:{bond.name}", slot=bond.name)
    lost = [member for member in bond.members if not member.up]
    evidence = [Evidence(bond.source, member.name, "down", "up") for member in lost]
    related = tuple(f"nic:{member.name}" for member in lost)
    down = bool(bond.members) and len(lost) == len(bond.members)
    if down:
        verdicts.fault(Component.NIC, "nic.bond-down", Severity.STOPPED, evidence, related)
    elif lost:
        verdicts.fault(
            Component.NIC, "nic.bond-degraded", Severity.NEEDS_REPLACEMENT, evidence, related, urgent=True
        )
    if bond.members:
        for code, there in (("nic.bond-down", down), ("nic.bond-degraded", bool(lost) and not down)):
            if not there:
                verdicts.sound(code)
    failures = [each for each in bond.members if each.failures >= OLD_FLAPS and each.name not in told]
    if failures:
        verdicts.fault(
            Component.NIC,
            "nic.link-flapping",
            Severity.FROM_TIME_TO_TIME,
            [
                Evidence(bond.source, f"{each.name} link failures", str(each.failures), str(OLD_FLAPS))
                for each in failures
            ],
            early=True,
            count=float(sum(each.failures for each in failures)),
        )
    elif bond.members:
        verdicts.sound("nic.link-flapping")
    return verdicts.judgement()
