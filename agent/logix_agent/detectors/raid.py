"""Software RAID by what /proc/mdstat says (md(4)). Pure.

Rebuilding, checking and spares are no faults; being short of members is one, also while it rebuilds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.detectors.memory import disk_of
from logix_agent.probes.readings import CannotTell, MdArray, MdReading

CODES: Final = ("raid.inactive", "raid.broken", "raid.degraded")
#: Levels whose line always tells how many members work; without it the text was cut off.
_COUNTED: Final = frozenset({"raid1", "raid4", "raid5", "raid6", "raid10"})
_NO_REDUNDANCY: Final = frozenset({"raid0", "linear"})
#: How many members each level can lose; raid10 depends on its layout and is only called degraded.
_MAY_LOSE: Final = {"raid4": 1, "raid5": 1, "raid6": 2}


def judge(
    reading: MdReading | CannotTell,
    serials: Mapping[str, str],
    members: Mapping[str, Mapping[str, str]],
) -> Judgement:
    """Verdicts on every array.

    `serials`: disk -> serial; `members`: array -> member device -> serial of its disk, as remembered
    from when the array was complete, so that a disk that is gone can still be named.
    """
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.RAID, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for array in reading.arrays:
        judgement = judgement.joined(_judge_array(array, serials, members.get(array.name, {})))
    return judgement


def _judge_array(array: MdArray, serials: Mapping[str, str], known: Mapping[str, str]) -> Judgement:
    if array.active and array.level in _COUNTED and (array.slots is None or array.working is None):
        reason = f"{array.name}: mdstat does not say how many members work"
        return Judgement(doubts=(Doubt(Component.RAID, f"raid:{array.name}", reason),))
    lost = lost_members(array, serials, known)
    parts = tuple(dict.fromkeys(f"disk:{serial}" for serial in lost.values() if serial))
    serial = parts[0].removeprefix("disk:") if len(parts) == 1 else ""
    verdicts = PartVerdicts(f"raid:{array.name}", slot=" ".join(lost)[:64], serial=serial, model=array.level)
    fault = _fault(array)
    for code in CODES:
        if fault is None or fault[0] != code:
            verdicts.sound(code)
    if fault is not None:
        code, severity, value = fault
        evidence = [Evidence("/proc/mdstat", array.name, value, "all members in sync", array.line)]
        evidence += [
            Evidence("/proc/mdstat", "lost member", device, line=f"disk {told or 'unknown'}")
            for device, told in lost.items()
        ]
        verdicts.fault(Component.RAID, code, severity, evidence, parts, urgent=code == "raid.degraded")
    return verdicts.judgement()


def _fault(array: MdArray) -> tuple[str, Severity, str] | None:
    """(code, severity, value for the evidence), or None for a sound array."""
    failed = [member for member in array.members if "F" in member.flags]
    if not array.active:
        if array.metadata.startswith("external:") and not array.metadata.startswith("external:/"):
            return None  # a container of firmware RAID: listed inactive by design, its volumes run
        return "raid.inactive", Severity.STOPPED, "inactive"
    if array.level in _NO_REDUNDANCY:
        return ("raid.broken", Severity.STOPPED, "member failed") if failed else None
    if array.slots is None or array.working is None or array.working >= array.slots:
        return None
    value = f"{array.working} of {array.slots} [{array.states}]"
    may_lose = _MAY_LOSE.get(array.level, array.slots - 1)
    if array.slots - array.working > may_lose:
        return "raid.broken", Severity.STOPPED, value
    return "raid.degraded", Severity.NEEDS_REPLACEMENT, value


def lost_members(array: MdArray, serials: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Member devices that are marked failed or no longer there -> serial of their disk, or "".

    Disks are told apart by serial where one is known: after a reboot the disk that is left may bear the
    name of the one that is gone.
    """
    sound = {member.device for member in array.members if "F" not in member.flags}
    # where no serial is told today, the name must do
    present = {serials.get(disk_of(device)) or known.get(device, "") for device in sound}
    lost = {
        member.device: known.get(member.device, "") or serials.get(disk_of(member.device), "")
        for member in array.members
        if "F" in member.flags
    }
    for device, serial in known.items():
        gone = serial not in present if serial else device not in sound
        if gone and device not in lost and (not serial or serial not in lost.values()):
            lost[device] = serial
    return dict(sorted(lost.items()))
