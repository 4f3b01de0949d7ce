"""What sensors read, as plain facts between probes and detectors. Nothing here is judged or read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Channel:
    """One measurement of a monitoring chip (kernel: hwmon/sysfs-interface.rst), in °C, RPM, V, A or W.

    `limits`: by the kernel's names (min, max, lcrit, crit, emergency), as the chip tells them, set or not.
    `alarms`: the flags that are up ("alarm", "max_alarm" …). `driven`: the pwm value of a fan, 0 to 255.
    """

    chip: str  # unique on the machine
    kind: str  # "temp", "fan", "in", "curr", "power"
    label: str
    value: float | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    alarms: frozenset[str] = frozenset()
    faulty: bool = False  # the chip says that what it measures with is broken
    driven: int | None = None
    source: str = ""
    slot: str = ""  # the bus address of a chip that has one: "7-0058"

    @property
    def name(self) -> str:
        """Chip and label; unique on the machine."""
        return f"{self.chip}/{self.label}"


@dataclass(frozen=True, slots=True)
class Throttle:
    """How often a processor was slowed down for its heat since boot, as its worst core counts."""

    package: str
    count: int
    source: str


@dataclass(frozen=True, slots=True)
class HwmonReading:
    """All channels of all chips, and the processors' counts."""

    channels: tuple[Channel, ...] = ()
    throttles: tuple[Throttle, ...] = ()

    def of(self, kind: str) -> list[Channel]:
        """The channels of one kind."""
        return [channel for channel in self.channels if channel.kind == kind]


@dataclass(frozen=True, slots=True)
class BmcSensor:
    """One sensor as the management controller tells it (IPMI 2.0, sections 35.14 and 42).

    `status`: "ok", "nc", "cr", "nr"; "" where it tells none. `thresholds`: lnr, lcr, lnc, unc, ucr, unr.
    `states`: the discrete states that are up, by their names; None = not told. `type`: as the specification
    calls it, "" = not told.
    """

    name: str
    type: str = ""
    value: float | None = None
    unit: str = ""
    status: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    states: tuple[str, ...] | None = None
    readable: bool = True
    line: str = ""


@dataclass(frozen=True, slots=True)
class BmcReading:
    """All sensors of the management controller."""

    sensors: tuple[BmcSensor, ...]


@dataclass(frozen=True, slots=True)
class BmcEvent:
    """One record of the system event log. `asserted` False: the event is over."""

    record: str  # its id, as printed
    stamp: str  # date and time as printed; controllers forget them
    sensor: str  # the sensor's name or number
    type: str  # the sensor's type, "" = not told
    event: str
    asserted: bool = True
    line: str = ""

    @property
    def mark(self) -> str:
        """Tells this record from every other, also of an earlier log that was cleared."""
        return f"{self.record}@{self.stamp}"


@dataclass(frozen=True, slots=True)
class BmcLogReading:
    """The system event log, oldest first. `dropped`: how many older records were left out."""

    events: tuple[BmcEvent, ...]
    full: bool = False
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class FirmwareStatus:
    """A part that the firmware describes (SMBIOS, DSP0134), with the status that it gives."""

    kind: str  # "psu", "fan", "voltage", "temperature", "chassis-psu", "chassis-temperature", "memory"
    name: str
    status: str  # "ok", "non-critical", "critical", "non-recoverable", "" = not told
    present: bool = True
    plugged: bool | None = None
    serial: str = ""
    model: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class FittedModule:
    """A memory module as the firmware found it (SMBIOS type 17). `locator`: its socket, as on the board."""

    handle: str
    locator: str
    bank: str = ""
    serial: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class FirmwareReading:
    """What the firmware's tables say of parts that can fail, and of memory modules that are fitted."""

    parts: tuple[FirmwareStatus, ...]
    modules: tuple[FittedModule, ...] = ()


@dataclass(frozen=True, slots=True)
class PowerSource:
    """A supply, battery or UPS that tells its own state. Percent; None = not told.

    `flags`: the states of a UPS (NUT: OL, OB, LB, RB …). `health`: as the kernel names it.
    """

    name: str
    kind: str  # "mains", "battery", "ups"
    online: bool | None = None
    health: str = ""
    flags: frozenset[str] = frozenset()
    charge: float | None = None
    tested: str = ""  # outcome of the last self-test
    alarm: str = ""
    serial: str = ""
    model: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class PowerReading:
    """All of them; `problems`: those that could not be asked, with the reason."""

    sources: tuple[PowerSource, ...]
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WatchdogTimer:
    """One hardware watchdog and why the machine was last reset (linux/watchdog.h, WDIOF_*)."""

    name: str
    identity: str
    boot_status: int
    source: str


@dataclass(frozen=True, slots=True)
class WatchdogReading:
    """All hardware watchdogs that tell it."""

    timers: tuple[WatchdogTimer, ...]


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The battery-backed clock: what it says of its battery ("okay", "dead")."""

    battery: str
    source: str
    line: str = ""
