"""ZFS pools by the state that ZFS gives them (zpoolconcepts(7), "Device Failure and Recovery"). Pure.

A pool that is DEGRADED serves without all of its redundancy, also while it resilvers; one that is FAULTED,
UNAVAIL or SUSPENDED does not serve. Scrubbing, resilvering and features that could be upgraded are no
faults. What devices count until `zpool clear` may be old: growth is what is raised. Data that ZFS calls
damaged is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.detectors.memory import disk_of
from logix_agent.probes.pool_readings import Pool, PoolDevice, PoolReading
from logix_agent.probes.readings import CannotTell

DEGRADED: Final = "raid.degraded"
BROKEN: Final = "raid.broken"
ERRORS: Final = "filesystem.errors"
_BROKEN: Final = frozenset({"FAULTED", "UNAVAIL", "SUSPENDED", "REMOVED"})


def judge(reading: PoolReading | CannotTell, serials: Mapping[str, str]) -> Judgement:
    """Verdicts on every pool; `serials`: disk -> serial."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.RAID, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for pool in reading.pools:
        judgement = judgement.joined(_judge_state(pool, serials))
        if pool.state not in _BROKEN:  # that it does not serve says enough
            judgement = judgement.joined(_judge_errors(pool))
    return judgement


def _judge_state(pool: Pool, serials: Mapping[str, str]) -> Judgement:
    devices = pool.devices or ()
    lost = [device for device in devices if device.state != "ONLINE"]
    known = [serials[disk] for device in lost if (disk := disk_of(device.device)) in serials]
    verdicts = PartVerdicts(
        f"raid:zfs/{pool.name}",
        slot=" ".join(device.device for device in lost)[:64],
        serial=known[0] if len(lost) == len(known) == 1 else "",
        model="zfs",
    )
    evidence = [Evidence(pool.source, pool.name, pool.state, "ONLINE", pool.line)]
    evidence += [Evidence(pool.source, each.device, each.state, "ONLINE", each.line) for each in lost]
    related = tuple(dict.fromkeys(f"disk:{serial}" for serial in known))
    if pool.state in _BROKEN:
        verdicts.sound(DEGRADED)
        verdicts.fault(Component.RAID, BROKEN, Severity.STOPPED, evidence, related)
    elif pool.state == "DEGRADED":
        verdicts.sound(BROKEN)
        verdicts.fault(Component.RAID, DEGRADED, Severity.NEEDS_REPLACEMENT, evidence, related, urgent=True)
    elif pool.state == "ONLINE":
        verdicts.sound(BROKEN)
        verdicts.sound(DEGRADED)
    else:
        doubt = Doubt(Component.RAID, verdicts.part, f"{pool.name}: its state is {pool.state}")
        return Judgement(doubts=(doubt,))
    return verdicts.judgement()


def _judge_errors(pool: Pool) -> Judgement:
    """Errors of devices that still serve (those of a lost one are why it was lost); worse, damaged data."""
    if pool.devices is None or pool.damaged is None:
        return Judgement()
    verdicts = PartVerdicts(f"filesystem:zfs/{pool.name}", slot=pool.name, model="zfs")
    counted = [device for device in pool.devices if device.errors and device.state == "ONLINE"]
    if pool.damaged:
        evidence = [Evidence(pool.source, pool.name, pool.damaged, "No known data errors", pool.line)]
        evidence += [_counted(pool, device) for device in counted]
        verdicts.fault(Component.FILESYSTEM, ERRORS, Severity.NEEDS_REPLACEMENT, evidence)
    elif counted:
        total = float(sum(device.errors for device in counted))
        evidence = [_counted(pool, device) for device in counted]
        level = Severity.FROM_TIME_TO_TIME
        verdicts.fault(Component.FILESYSTEM, ERRORS, level, evidence, early=True, count=total)
    else:
        verdicts.sound(ERRORS)
    return verdicts.judgement()


def _counted(pool: Pool, device: PoolDevice) -> Evidence:
    return Evidence(pool.source, f"{device.device} errors", str(device.errors), "0", device.line)
