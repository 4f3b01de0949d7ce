"""Software RAID by what md says of its arrays (md(4), Documentation/admin-guide/md.rst). Pure.

Rebuilding, checking and spares are no faults; being short of members is one, also while it rebuilds.
What is worse hides what is better: an array that does not run is not called degraded beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.detectors.memory import disk_of
from logix_agent.probes.readings import CannotTell, MdArray, MdReading

INACTIVE: Final = "raid.inactive"
BROKEN: Final = "raid.broken"
DEGRADED: Final = "raid.degraded"
MEMBER_FAILED: Final = "raid.member-failed"
MISMATCH: Final = "raid.mismatch"
SPARE_LOST: Final = "raid.spare-lost"
#: Of these an array shows one at a time.
CODES: Final = (INACTIVE, BROKEN, DEGRADED, MEMBER_FAILED)
#: Levels whose line always tells how many members work; without it the text was cut off.
_COUNTED: Final = frozenset({"raid1", "raid4", "raid5", "raid6", "raid10"})
_NO_REDUNDANCY: Final = frozenset({"raid0", "linear"})
#: Their copies may differ without harm: a page that changed while it was written out (md.rst, mismatch_cnt).
_MIRRORS: Final = frozenset({"raid1", "raid10"})
_PARITY: Final = frozenset({"raid4", "raid5", "raid6"})
#: How many members each level can lose; raid10 depends on its layout.
_MAY_LOSE: Final = {"raid4": 1, "raid5": 1, "raid6": 2}
_Fault = tuple[str, Severity, str]


def judge(
    reading: MdReading | CannotTell,
    serials: Mapping[str, str],
    members: Mapping[str, Mapping[str, str]],
    spares: Mapping[str, str] | None = None,
) -> Judgement:
    """Verdicts on every array.

    `serials`: disk -> serial; `members`: array -> member device -> serial of its disk, as remembered
    from when the array was complete, so that a disk that is gone can still be named. `spares`: see
    `spares_seen`.
    """
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.RAID, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for array in reading.arrays:
        known = members.get(array.name, {})
        judgement = judgement.joined(_judge_array(array, serials, known, (spares or {}).get(array.name, "")))
    return judgement


def without_arrays() -> Judgement:
    """md answers, and has no array that could be unwell."""
    return Judgement(healthy=frozenset({("raid:none", INACTIVE)}))


def spares_seen(reading: MdReading | CannotTell, notes: Mapping[str, str]) -> Mapping[str, str]:
    """What to remember: array -> "slots/spares", the most spares seen while it had so many places."""
    if isinstance(reading, CannotTell):
        return notes
    seen = {array.name: _with_most(array, notes.get(array.name, "")) for array in reading.arrays}
    return {**notes, **{name: note for name, note in seen.items() if note}}


def _with_most(array: MdArray, note: str) -> str:
    if not array.active or array.container or not array.slots:
        return note
    slots, _, most = note.partition("/")
    now = _spares(array)
    if slots == str(array.slots) and most.isdecimal():
        now = max(now, int(most[:6]))
    return f"{array.slots}/{now}" if now or note else ""


def _judge_array(
    array: MdArray, serials: Mapping[str, str], known: Mapping[str, str], spares: str
) -> Judgement:
    untold = array.slots is None or array.working is None
    if array.active and array.level in _COUNTED and untold and not array.told:
        reason = f"{array.name}: {array.source} does not say how many members work"
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
        evidence = [Evidence(array.source, array.name, value, "all members in sync", array.line)]
        evidence += [
            Evidence(array.source, "lost member", device, line=f"disk {told or 'unknown'}")
            for device, told in lost.items()
        ]
        verdicts.fault(Component.RAID, code, severity, evidence, parts, urgent=code == DEGRADED)
    _judge_mismatches(array, verdicts)
    if fault is None:
        _judge_spares(array, spares, verdicts)
    return verdicts.judgement()


def _fault(array: MdArray) -> _Fault | None:
    """(code, severity, value for the evidence), or None for a sound array."""
    failed = [member for member in array.members if "F" in member.flags]
    listed = (MEMBER_FAILED, Severity.NEEDS_REPLACEMENT, " ".join(each.device for each in failed)[:200])
    if array.container:  # listed inactive by design: its volumes run
        return listed if failed else None
    if not array.active:
        return INACTIVE, Severity.STOPPED, "inactive"
    if array.told == "failed":
        return BROKEN, Severity.STOPPED, "failed"
    if array.level in _NO_REDUNDANCY and failed:
        return BROKEN, Severity.STOPPED, "member failed"
    short = _shortage(array)
    if short is not None:
        return short
    if array.told == "degraded":
        return DEGRADED, Severity.NEEDS_REPLACEMENT, "degraded"
    return listed if failed else None  # a spare has taken its place: the disk is to be replaced all the same


def _shortage(array: MdArray) -> _Fault | None:
    """The fault of an array that has fewer members than it should; of two counts the worse one."""
    if array.slots is None or array.working is None:
        return None
    working = array.working
    if len(array.states) == array.slots:
        working = min(working, array.states.count("U"))
    if working >= array.slots:
        return None
    value = f"{working} of {array.slots}" + (f" [{array.states}]" if array.states else "")
    may_lose = 0 if array.level in _NO_REDUNDANCY else _MAY_LOSE.get(array.level, array.slots - 1)
    if array.slots - working > may_lose or _lost_all_copies(array):
        return BROKEN, Severity.STOPPED, value
    return DEGRADED, Severity.NEEDS_REPLACEMENT, value


def _lost_all_copies(array: MdArray) -> bool:
    """Whether a raid10 has lost every copy of some of its data, where its layout tells (md(4), RAID10)."""
    number, _, layout = array.copies.partition(" ")
    if array.level != "raid10" or not number.isdecimal() or len(array.states) != array.slots:
        return False
    copies, states = int(number), array.states
    if not 1 < copies <= len(states):
        return False
    # near: copy by copy over the members, which need not be a multiple of them; else on the next ones as well
    apart = copies if layout == "near" else 1
    places = range(0, apart * len(states), apart)
    return any(all(states[(start + step) % len(states)] == "_" for step in range(copies)) for start in places)


def _judge_mismatches(array: MdArray, verdicts: PartVerdicts) -> None:
    """Copies that differ. Parity that is wrong makes wrong data of a rebuild; a mirror's may be harmless."""
    if array.mismatches is None or array.level not in _MIRRORS | _PARITY:
        return
    if array.mismatches == 0:
        verdicts.sound(MISMATCH)
        return
    mirror = array.level in _MIRRORS
    verdicts.fault(
        Component.RAID,
        MISMATCH,
        Severity.FROM_TIME_TO_TIME if mirror else Severity.NEEDS_REPLACEMENT,
        [Evidence(f"/sys/block/{array.name}/md/mismatch_cnt", "sectors", str(array.mismatches), "0")],
        early=mirror,
        count=float(array.mismatches),
    )


def _judge_spares(array: MdArray, note: str, verdicts: PartVerdicts) -> None:
    """A spare that was there and is neither there nor in use for a loss that still stands."""
    slots, _, most = note.partition("/")
    if slots != str(array.slots) or not most.isdecimal() or array.activity:
        return
    spares = _spares(array)
    if spares >= int(most[:6]):
        verdicts.sound(SPARE_LOST)
        return
    evidence = [Evidence(array.source, "spares", str(spares), most[:6], array.line)]
    verdicts.fault(Component.RAID, SPARE_LOST, Severity.FROM_TIME_TO_TIME, evidence)


def _spares(array: MdArray) -> int:
    return sum("S" in member.flags and "F" not in member.flags for member in array.members)


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
