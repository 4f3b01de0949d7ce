"""One cause, one finding: what several sources tell of one fault is put together before it is weighed. Pure.

- Parts that sources call differently get one name (`aliases`); what several tell of one part and code is one
  sighting: the worst of them, with the evidence of all.
- What is so now beats what a log told of it: /proc/mdstat says whether an array is degraded, the bonding
  driver whether a bond has lost a member, and where a controller finds as many supplies sound as there are,
  none is dead because the firmware's tables of the last start say so (SMBIOS is not written while the system
  runs).
- A supply that several sources find dead, each the only one, is one supply. The finding stays with the source
  that raised it, else with the one that names it best; the others' evidence and parts join it. What it knows
  by the same name and does not find dead is another supply, and a fault of its own. Lost
  redundancy is what a dead supply or fan means, and no fault beside it.

A source that was not read anew in this pass still tells what it told: its word alone counts for nothing, and
keeps a fault from being called sound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from logix_common.findings import MAX_EVIDENCE, MAX_RELATED, Severity

from logix_agent.detectors import aliases
from logix_agent.detectors.judgement import Judgement
from logix_agent.facts import Sighting

Key = tuple[str, str]  # (part, code)
BOND: Final = "nic.bond-degraded"
#: By code: who knows how it is now, whatever the kernel's log tells.
STATE_OF: Final[Mapping[str, str]] = {
    BOND: "ports",
    "raid.degraded": "mdstat",
    "raid.broken": "mdstat",
    "raid.inactive": "mdstat",
}
#: A supply that gives nothing, in whatever words.
DEAD: Final = frozenset({"psu.failed", "psu.input-lost", "psu.missing", "psu.output-out-of-limits"})
#: Sources that know supplies, the one that names them best first; SMBIOS knows them as of the last start.
SUPPLIES: Final = ("ipmi-sensors", "hwmon", "ipmi-sel", "smbios")
LIVE_SUPPLIES: Final = ("ipmi-sensors", "hwmon")
#: What is but the consequence of a fault of the same component.
REDUNDANCY: Final[Mapping[str, frozenset[str]]] = {
    "psu.redundancy-lost": DEAD,
    "fan.redundancy-lost": frozenset({"fan.stopped", "fan.slow", "fan.missing"}),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """A sighting and who says it; `fresh`: read in this pass."""

    source: str
    sighting: Sighting
    fresh: bool

    @property
    def key(self) -> Key:
        return self.sighting.part, self.sighting.code


def joined(
    verdicts: Mapping[str, Judgement], fresh: Collection[str], gone: Judgement, standing: Collection[Key]
) -> Judgement:
    """What this pass says, each cause once.

    `verdicts`: of all sources by name, on what they read last; `fresh`: those that were read in this pass;
    `gone`: on parts that are missed; `standing`: findings that are open.
    """
    named = aliases.applied(verdicts)
    told = [
        _Told(source, sighting, source in fresh)
        for source, verdict in named.items()
        for sighting in verdict.sightings
    ]
    told += [_Told(_source_of(sighting), sighting, fresh=True) for sighting in gone.sightings]
    told = [one for one in told if not _denied(one, named)]
    causes = _causes(told, named, standing)
    sightings = []
    for key in dict.fromkeys(causes.get(one.key, one.key) for one in told):
        group = [one for one in told if causes.get(one.key, one.key) == key]
        if any(one.fresh for one in group):
            sightings.append(_together(key, group))
    new = [verdict for source, verdict in named.items() if source in fresh]
    sound = gone.healthy.union(*(verdict.healthy for verdict in new))
    return Judgement(
        tuple(sightings),
        sound - {one.key for one in told},
        tuple(doubt for verdict in new for doubt in verdict.doubts) + gone.doubts,
        tuple(part for verdict in new for part in verdict.parts),
        gone.mended.union(*(verdict.mended for verdict in new)),
    )


def _source_of(missed: Sighting) -> str:
    return missed.evidence[0].source if missed.evidence else ""


def _denied(told: _Told, verdicts: Mapping[str, Judgement]) -> bool:
    """Whether who knows how a part is now says otherwise than a log, or than the tables of the last start."""
    code = told.sighting.code
    if told.source == "kernel-log":
        state = verdicts.get(STATE_OF.get(code, ""), Judgement())
        if code == BOND and any(part.startswith("bond:") for part in state.judged_parts):
            return not any(told.sighting.part in seen.related_parts for seen in state.sightings)
        return told.key in state.healthy
    if told.source == "smbios" and code in DEAD:
        live = [verdicts[source] for source in LIVE_SUPPLIES if source in verdicts]
        there = len(_of_supplies(_parts(verdicts["smbios"])))
        sound = max(
            (len(_of_supplies(part for part, code in each.healthy if code in DEAD)) for each in live),
            default=0,
        )
        return sound >= there and not any(_is_dead(seen) for each in live for seen in each.sightings)
    return False


def _of_supplies(parts: Iterable[str]) -> frozenset[str]:
    return frozenset(part for part in parts if part.startswith("psu:"))


def _parts(verdict: Judgement) -> frozenset[str]:
    """All that a source knows by name, also what it could not judge."""
    return verdict.judged_parts | {fact.part for fact in verdict.parts}


def _is_dead(sighting: Sighting) -> bool:
    return sighting.code in DEAD and sighting.severity <= Severity.NEEDS_REPLACEMENT and not sighting.early


def _causes(
    told: Collection[_Told], verdicts: Mapping[str, Judgement], standing: Collection[Key]
) -> dict[Key, Key]:
    """Of what is told a second time, the key of the sighting that it belongs to."""
    causes = _supplies(told, verdicts, standing)
    for one in told:
        for other in told:
            if _follows(one, other):
                causes[one.key] = causes.get(other.key, other.key)
                break
    return causes


def _follows(one: _Told, other: _Told) -> bool:
    """Whether `one` says no more than that `other` is so."""
    code, cause = one.sighting.code, other.sighting
    if code == BOND:
        of_member = one.source == "kernel-log" and one.sighting.part in cause.related_parts
        return of_member and cause.code in (BOND, "nic.bond-down")
    grave = cause.severity <= Severity.NEEDS_REPLACEMENT and not cause.early
    return grave and cause.code in REDUNDANCY.get(code, ())


def _supplies(
    told: Collection[_Told], verdicts: Mapping[str, Judgement], standing: Collection[Key]
) -> dict[Key, Key]:
    """The dead supplies of the other sources by those of the leading one."""
    dead: dict[str, dict[str, Key]] = {}
    for one in told:
        if _is_dead(one.sighting) and one.source in SUPPLIES:
            dead.setdefault(one.source, {}).setdefault(one.sighting.part, one.key)
    if len(dead) < 2:
        return {}
    most = max(map(len, dead.values()))

    def rank(source: str) -> tuple[bool, bool, int]:
        known = any(key in standing for key in dead[source].values())
        return len(dead[source]) < most, not known, SUPPLIES.index(source)

    leading = min(dead, key=rank)
    leaders = list(dead[leading].values())
    others = _parts(verdicts.get(leading, Judgement())) - dead[leading].keys()
    causes = {}
    for one in told:
        if one.sighting.part in others:
            continue
        if one.source in dead and one.source != leading and _is_dead(one.sighting):
            place = list(dead[one.source]).index(one.sighting.part)
            alike = dead[leading].get(one.sighting.part)
            causes[one.key] = alike or leaders[min(place, len(leaders) - 1)]
    return {key: cause for key, cause in causes.items() if key not in leaders}


def _together(key: Key, group: list[_Told]) -> Sighting:
    """One sighting of all: as bad as the worst, with whatever helps to find and order the part."""
    own = [one.sighting for one in group if one.key == key]
    best = min(own, key=lambda sighting: (sighting.severity, sighting.early))  # the first of equals
    others = [one.sighting for one in group if one.sighting is not best]
    if not others:
        return best
    everyone = [best, *others]
    evidence = dict.fromkeys(entry for sighting in everyone for entry in sighting.evidence)
    related = dict.fromkeys(
        part for sighting in everyone for part in (*sighting.related_parts, sighting.part)
    )
    related.pop(best.part, None)
    severity = min(sighting.severity for sighting in everyone)
    known = [sighting for sighting in everyone if sighting.serial]
    serials = {sighting.serial for sighting in known}
    adopted = known[0] if len(serials) == 1 else best
    return replace(
        best,
        severity=severity,
        evidence=tuple(evidence)[:MAX_EVIDENCE],
        related_parts=tuple(related)[:MAX_RELATED],
        serial=best.serial or adopted.serial,
        model=best.model or adopted.model,
        urgent=severity != Severity.STOPPED and any(sighting.urgent for sighting in everyone),
    )
