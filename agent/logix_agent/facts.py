"""What the agent knows of its machine, as plain facts: no messages, no reading, no clock.

Detectors make `Sighting`s, hysteresis makes `FindingEvent`s of them, the codec alone turns any of it
into messages. Every text here is already bounded and free of control characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from logix_common.findings import Event, Evidence
from logix_common.observations import Point


@dataclass(frozen=True, slots=True)
class Sighting:
    """One fault as one pass of a detector sees it. `part` and `code` together name it.

    `early`: an early sign, which may be old history at first sight: it is watched then, and raised when
    `count` grows. `count`: what the sighting counts (sectors, errors) since the part was made or booted;
    None = it either is so or is not. `live`: its source had been read before and told nothing of it, so that
    all it counts is growth.
    """

    component: str  # logix_common.findings.Component
    part: str  # stable key: "disk:S3Z8NB0K", "raid:md0"
    code: str  # logix_common.findings.CODES
    severity: int  # logix_common.findings.Severity
    evidence: tuple[Evidence, ...]
    related_parts: tuple[str, ...] = ()
    slot: str = ""
    serial: str = ""
    model: str = ""
    early: bool = False
    count: float | None = None
    live: bool = False
    urgent: bool = False  # redundancy is lost on a system that runs: the severity stays, it cannot wait


@dataclass(frozen=True, slots=True)
class FindingEvent:
    """A step in a finding's life; `finding_id` (16 bytes) is the same from raise to clear.

    `watched`: an early sign that may be old history; told CHANGED with it unset once it has grown.
    """

    event: Event
    finding_id: bytes
    component: str
    part: str
    code: str
    severity: int
    evidence: tuple[Evidence, ...]
    related_parts: tuple[str, ...]
    slot: str
    serial: str
    model: str
    watched: bool = False
    urgent: bool = False


class ServiceStatus(StrEnum):
    """State of a configured service."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """One service that the configuration names."""

    name: str
    status: ServiceStatus


@dataclass(frozen=True, slots=True)
class HealthSample:
    """One health report; what could not be read is not in it."""

    points: list[Point]
    services: list[ServiceFact]


@dataclass(frozen=True, slots=True)
class PackageFact:
    """An installed package."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ModuleFact:
    """A module of the product."""

    name: str
    version: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class DiskFact:
    """A physical disk; unknown texts are empty, an unknown size is 0."""

    name: str
    serial: str
    model: str
    bytes: int
    firmware: str


@dataclass(frozen=True, slots=True)
class PortFact:
    """A physical network port; `speed_mbit` 0 = unknown or no link."""

    name: str
    mac: str
    speed_mbit: int
    up: bool


@dataclass(frozen=True, slots=True)
class DoubtFact:
    """What cannot be judged though the machine has it; `part` "" = the whole component."""

    component: str
    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProbeFact:
    """How the last reading of a probe went: "ok", "absent", "cannot tell", or "never" before the first.

    `seconds`: how long it took. `finished_at`: by the boot clock, seconds.
    """

    name: str
    result: str
    reason: str = ""
    seconds: float = 0.0
    finished_at: float = 0.0


@dataclass(frozen=True, slots=True)
class WindowFact:
    """A maintenance window that lasts: since when by the wall clock (µs), for how many seconds."""

    began_us: int
    seconds: int
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class InventoryFacts:
    """What the machine consists of. Comparable with ==, so that "on change" is a comparison."""

    serial: str = ""
    model: str = ""
    product_version: str = ""
    patch_level: str = ""
    os: str = ""
    kernel: str = ""
    bios: str = ""
    packages: tuple[PackageFact, ...] = ()
    modules: tuple[ModuleFact, ...] = ()
    disks: tuple[DiskFact, ...] = ()
    ports: tuple[PortFact, ...] = ()
    cannot_tell: tuple[DoubtFact, ...] = ()
    maintenance: WindowFact | None = None
