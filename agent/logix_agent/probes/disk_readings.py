"""What disks say of themselves beside their counters, as plain facts. Nothing here is judged or read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One entry of a self-test log; `passed` None: aborted, interrupted or still running."""

    kind: str  # "short", "extended", or what else the drive calls it
    passed: bool | None
    text: str  # the log's own words
    hours: int | None = None  # power-on hours; ATA counts them in 16 bits


@dataclass(frozen=True, slots=True)
class DiskTemperature:
    """°C now, and the drive's own limits; None = not told, or no sensible limit."""

    celsius: int
    warning: int | None = None
    critical: int | None = None
    warning_name: str = ""  # what the drive calls the limit
    critical_name: str = ""


@dataclass(frozen=True, slots=True)
class Endurance:
    """Used share of the rated endurance in percent, told by a field whose meaning a standard fixes."""

    used: int
    name: str


@dataclass(frozen=True, slots=True)
class InformationalException:
    """Why a SCSI device says that it is failing: additional sense code, qualifier, and their meaning."""

    asc: int
    ascq: int
    text: str


@dataclass(frozen=True, slots=True)
class FlashCard:
    """An eMMC by its extended CSD register (JESD84-B51, clause 7.4); None = not told."""

    name: str  # the kernel's: "mmcblk0"
    serial: str = ""
    model: str = ""
    life_times: tuple[int, ...] = ()  # DEVICE_LIFE_TIME_EST_TYP_A and _B
    pre_end_of_life: int | None = None  # PRE_EOL_INFO
    line: str = ""  # both, as the kernel prints them

    @property
    def part(self) -> str:
        """The stable key of this card; by its name only where it tells no serial."""
        return f"disk:{self.serial}" if self.serial else f"disk:@{self.name}"


@dataclass(frozen=True, slots=True)
class FlashReading:
    """All eMMCs."""

    cards: tuple[FlashCard, ...]
