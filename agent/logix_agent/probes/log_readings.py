"""What the kernel logged, as plain facts between probe and detector. Nothing here is judged or read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One line of a log, without what the log put before it.

    `at`: seconds of the clock that the log uses (of the boot clock where it tells that), None where it
    tells no time. `sequence`: the kernel's own number of the record, None outside /dev/kmsg. `program`:
    who logged it.
    """

    text: str
    at: float | None = None
    sequence: int | None = None
    program: str = "kernel"


@dataclass(frozen=True, slots=True)
class KernelLog:
    """Records in the order in which they were logged.

    Of this machine, live: `boot` is the kernel's id of this boot and `uptime` seconds of the boot clock; of a
    capture "" and 0. `lost`: records that the kernel dropped before they were read. `places`: what the log
    calls a disk besides its name ("ata3", "2:0:0:0") -> its name; `mapped`: "dm-3" -> "vg-var". `removable`:
    devices that can be pulled out at any time. `upto`: the place in the kernel's buffer that is settled once
    this is judged.
    """

    records: tuple[LogRecord, ...]
    boot: str = ""
    uptime: float = 0.0
    lost: int = 0
    places: Mapping[str, str] = field(default_factory=dict)
    removable: frozenset[str] = frozenset()
    upto: int = 0
    mapped: Mapping[str, str] = field(default_factory=dict)
