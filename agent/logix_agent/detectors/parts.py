"""Parts that were there and are not: a fault of its own, whatever was known of them before. Pure.

Only what its source lists and now leaves out is gone. A source that cannot tell, a part that is there but
in doubt, and what can be pulled out at any time (USB) are not. Another part in its place ends whatever was
open of the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Judgement, PartFact
from logix_agent.detectors.memory import disk_of
from logix_agent.facts import Sighting

MAX_PARTS: Final = 512
#: By the kind that a part's key begins with: the component and how bad it is. An array that is not even
#: listed does not run; of the others an appliance has more than one, or it would not be here to tell.
GONE: Final[Mapping[str, tuple[Component, str, Severity]]] = {
    "disk": (Component.DISK, "disk.missing", Severity.NEEDS_REPLACEMENT),
    "raid": (Component.RAID, "raid.missing", Severity.STOPPED),
    "dimm": (Component.MEMORY, "memory.missing", Severity.NEEDS_REPLACEMENT),
    "psu": (Component.PSU, "psu.missing", Severity.NEEDS_REPLACEMENT),
    "fan": (Component.FAN, "fan.missing", Severity.NEEDS_REPLACEMENT),
    "nic": (Component.NIC, "nic.missing", Severity.NEEDS_REPLACEMENT),
}


@dataclass(frozen=True, slots=True)
class KnownPart:
    """A part that was judged once, and by which source. `like`: what else tells it (an array's members)."""

    part: str
    source: str
    slot: str = ""
    serial: str = ""
    model: str = ""
    removable: bool = False
    like: str = ""

    @property
    def kind(self) -> str:
        """The first word of its key."""
        return self.part.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Presence:
    """What became of the known parts: verdicts on them, what is known now, and which were exchanged."""

    judgement: Judgement = field(default_factory=Judgement)
    known: Mapping[str, KnownPart] = field(default_factory=dict)
    exchanged: frozenset[str] = frozenset()


def look(
    known: Mapping[str, KnownPart],
    verdicts: Mapping[str, Judgement],
    removable: frozenset[str] = frozenset(),
    members: Mapping[str, Mapping[str, str]] | None = None,
) -> Presence:
    """`verdicts`: the fresh ones, by source. `removable`: names of devices that can be pulled out any time.

    `members`: array -> its members, by which one that bears another name today is known again.
    """
    presence = Presence(known=known)
    for source, verdict in verdicts.items():
        presence = _look_at(presence, source, verdict, removable, members or {})
    return presence


def fixed_disks(presence: Presence) -> frozenset[str]:
    """The disks that are there and cannot be pulled out at any time."""
    missed = {sighting.part for sighting in presence.judgement.sightings}
    fixed = (part.part for part in presence.known.values() if part.kind == "disk" and not part.removable)
    return frozenset(fixed) - missed


def _look_at(
    presence: Presence,
    source: str,
    verdict: Judgement,
    removable: frozenset[str],
    members: Mapping[str, Mapping[str, str]],
) -> Presence:
    there = _there(source, verdict, removable, members)
    known = dict(presence.known)
    newcomers = [part for name, part in there.items() if name not in known and not part.removable]
    listed = {fact.part for fact in verdict.parts}
    present = verdict.judged_parts | {doubt.part for doubt in verdict.doubts} | listed
    faults, sound, exchanged = [], set(), set()
    for part in [part for part in known.values() if part.source == source]:
        if part.part in present:
            sound.add((part.part, GONE[part.kind][1]))
            if _is_another(part, there.get(part.part)):
                exchanged.add(part.part)
        elif part.removable:
            del known[part.part]
        elif _can_tell(part, verdict, present):
            successor = _successor(part, newcomers)
            if successor is None:
                faults.append(_gone(part))
                continue
            newcomers.remove(successor)
            exchanged.add(part.part)
            del known[part.part]
    judgement = Judgement(tuple(faults), frozenset(sound))
    return Presence(presence.judgement.joined(judgement), _kept(known, there), presence.exchanged | exchanged)


def _there(
    source: str, verdict: Judgement, removable: frozenset[str], members: Mapping[str, Mapping[str, str]]
) -> dict[str, KnownPart]:
    """The parts that a verdict lists and judges, of the kinds that can be gone."""
    return {
        fact.part: KnownPart(
            fact.part,
            source,
            fact.slot,
            fact.serial,
            fact.model,
            removable=not removable.isdisjoint(_names(fact)),
            like=_like(members.get(fact.part.partition(":")[2], {})),
        )
        for fact in verdict.parts
        if fact.judged and fact.part.partition(":")[0] in GONE
    }


def _is_another(part: KnownPart, now: KnownPart | None) -> bool:
    """Whether a memory module that is known by its place bears another serial there than before."""
    return (
        part.kind == "dimm" and now is not None and bool(part.serial) and now.serial not in ("", part.serial)
    )


def _kept(known: Mapping[str, KnownPart], there: Mapping[str, KnownPart]) -> dict[str, KnownPart]:
    """What is known and what is there; an array that is short of members is known by those it had."""
    after = dict(known)
    for name, part in there.items():
        before = after.get(name)
        if before is not None:
            # a module's serial is told by another source, which may be silent today
            serial = part.serial or (before.serial if part.kind == "dimm" else "")
            after[name] = replace(part, like=part.like or before.like, serial=serial)
        elif len(after) < MAX_PARTS:
            after[name] = part
    return after


def _can_tell(part: KnownPart, verdict: Judgement, present: Iterable[str]) -> bool:
    """Whether the source says enough for `part` to be missed: no doubt about all, or about its place.

    Where a source lists nothing of a kind any more it has lost its driver or its tool, not every part;
    arrays alone can all be gone while md still answers.
    """
    places = {doubt.part.partition("@")[2] for doubt in verdict.doubts}
    if any(not doubt.part for doubt in verdict.doubts) or (part.slot and part.slot in places):
        return False
    return part.kind == "raid" or any(name.startswith(f"{part.kind}:") for name in present)


def _successor(part: KnownPart, newcomers: list[KnownPart]) -> KnownPart | None:
    """The part that came in place of `part`: the same under another name, in the same slot, or else any."""
    alike = [new for new in newcomers if new.kind == part.kind]
    for name in ("serial", "like", "slot"):
        told = getattr(part, name)
        for new in alike:
            if told and getattr(new, name) == told:
                return new
    # A new disk need not get its predecessor's name; an array or a port that is new is another one.
    return alike[0] if alike and part.kind == "disk" else None


def _gone(part: KnownPart) -> Sighting:
    component, code, severity = GONE[part.kind]
    return Sighting(
        component=component,
        part=part.part,
        code=code,
        severity=severity,
        evidence=(Evidence(part.source, part.part, "gone", "was there before"),),
        slot=part.slot,
        serial=part.serial,
        model=part.model,
    )


def _like(members: Mapping[str, str]) -> str:
    """An array by its members' serials, or their names."""
    return " ".join(sorted(serial or device for device, serial in members.items()))[:256]


def _names(fact: PartFact) -> frozenset[str]:
    """The names under which the kernel may know a part."""
    return frozenset({fact.slot, disk_of(fact.slot), fact.part.partition(":")[2]} - {""})
