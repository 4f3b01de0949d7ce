"""What a detector answers: seen, sound, or nothing said. Pure.

Whatever a detector names in neither `sightings` nor `healthy` it cannot tell: hysteresis then leaves
it as it is. A value between the level that raises and the one that clears is such a case too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from logix_common.findings import MAX_EVIDENCE, MAX_RELATED, Evidence

from logix_agent.facts import Sighting


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that could not be judged; `absent`: the machine has no such thing, and that is fine."""

    component: str
    part: str  # "" = the whole component
    reason: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class PartFact:
    """A part that is there, and how it is found and ordered; `judged`: anything could be told of it."""

    part: str
    slot: str = ""
    serial: str = ""
    model: str = ""
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of one pass of one detector. `healthy` holds (part, code) pairs that were judged sound.

    `mended`: pairs of a part that was exchanged: their faults are over at once, latched ones too.
    """

    sightings: tuple[Sighting, ...] = ()
    healthy: frozenset[tuple[str, str]] = frozenset()
    doubts: tuple[Doubt, ...] = ()
    parts: tuple[PartFact, ...] = ()
    mended: frozenset[tuple[str, str]] = frozenset()

    def joined(self, other: Judgement) -> Judgement:
        """Both together."""
        return Judgement(
            self.sightings + other.sightings,
            self.healthy | other.healthy,
            self.doubts + other.doubts,
            self.parts + other.parts,
            self.mended | other.mended,
        )

    @property
    def judged_parts(self) -> frozenset[str]:
        """The parts of which anything could be told."""
        return frozenset({part for part, _ in self.healthy} | {seen.part for seen in self.sightings})


@dataclass
class PartVerdicts:
    """Collects the verdicts on one part while a detector goes through its rules."""

    part: str
    slot: str = ""
    serial: str = ""
    model: str = ""
    sightings: list[Sighting] = field(default_factory=list)
    healthy: set[tuple[str, str]] = field(default_factory=set)

    def fault(
        self,
        component: str,
        code: str,
        severity: int,
        evidence: list[Evidence],
        related: tuple[str, ...] = (),
        *,
        early: bool = False,
        count: float | None = None,
        urgent: bool = False,
    ) -> None:
        """The fault `code` is there."""
        self.sightings.append(
            Sighting(
                component=component,
                part=self.part,
                code=code,
                severity=severity,
                evidence=tuple(evidence[:MAX_EVIDENCE]),
                related_parts=related[:MAX_RELATED],
                slot=self.slot,
                serial=self.serial,
                model=self.model,
                early=early,
                count=count,
                urgent=urgent,
            )
        )

    def sound(self, code: str) -> None:
        """The fault `code` is not there."""
        self.healthy.add((self.part, code))

    def judgement(self, doubts: tuple[Doubt, ...] = ()) -> Judgement:
        """What was collected."""
        judged = bool(self.sightings or self.healthy)
        part = PartFact(self.part, self.slot, self.serial, self.model, judged)
        return Judgement(tuple(self.sightings), frozenset(self.healthy), doubts, parts=(part,))
