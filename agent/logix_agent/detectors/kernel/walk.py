"""Goes through a log once and counts what it tells of faults. Pure; time in proportion to the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final

from logix_agent.detectors.kernel import arrays, filesystem, memory, storage, system
from logix_agent.detectors.kernel.disk_lines import DiskLines
from logix_agent.detectors.kernel.hardware_lines import HardwareLines
from logix_agent.detectors.kernel.rules import AT_TIMES, DAY, HOUR, REPLACE, Rule
from logix_agent.detectors.kernel.tallies import Tallies
from logix_agent.detectors.memory import disk_of
from logix_agent.probes.log_readings import LogRecord

RULES: Final[tuple[Rule, ...]] = (
    *storage.RULES,
    *arrays.RULES,
    *filesystem.RULES,
    *memory.RULES,
    *system.RULES,
)
MAX_PORTS: Final = 1_024
_UP_DOWN: Final = re.compile(
    r"(?P<nic>\b[A-Za-z][\w.-]{1,15}):? (?:\w{1,24}: )?(?:\w{1,8}: )?(?:NIC )?(?:Copper |Fib(?:er|re) |Physical )?[Ll]ink (?:is )?(?P<state>[Uu]p|UP|[Dd]own|DOWN)\b"
)
_NO_PORTS: Final = frozenset({"SATA", "PATA", "the", "NIC", "PCIe"})
_RECOVERED: Final = re.compile(r"md: (?P<md>md\w{1,40}): (?:recovery|resync) done")
_MISSING: Final = re.compile(
    r"md/\w{1,12}:(?P<md>md\w{1,40}): (?:raid level \w{1,4} )?active with (?P<up>\d{1,4}) out of (?P<of>\d{1,4}) (?:mirrors|devices)"
)
_BOND_UP: Final = re.compile(r"link status definitely up for interface (?P<nic>[\w.-]{1,15})")
#: The names of parts that a log may name by anything at all.
_TOKEN: Final = re.compile(r"[^\w!/.:@#-]+")
_Signal = Callable[["Walk", LogRecord], None]


class Walk:
    """One way through a log. `found` holds the tallies by part; disks, by the kernel's names."""

    def __init__(self, places: Mapping[str, str], removable: frozenset[str]) -> None:
        self._tallies = Tallies()
        self.disks = DiskLines(self._tallies, dict(places), removable)
        self.hardware = HardwareLines(self._tallies)
        self._links: dict[str, bool] = {}  # port -> whether its link was up
        self._fs = ""  # the file system last named

    def through(self, records: Iterable[LogRecord]) -> Tallies:
        """All of a log, or what came since the last time."""
        number, rest = 0, iter(records)
        while block := tuple(islice(rest, _BLOCK)):
            joined = "\n".join(record.text for record in block)
            there = [word for word in _WORDS if word in joined]  # of hundreds of words few stand in a block
            for record in block:
                number += 1
                words = [word for word in there if word in record.text]
                if words:
                    self.disks.next_line(number)
                    self._look(record, words)
        self.hardware.finish()
        self._settle()
        return self._tallies

    def _look(self, record: LogRecord, words: list[str]) -> None:
        if record.program == "kernel":
            for word in words:
                for signal in _SIGNALS.get(word, ()):
                    signal(self, record)
        candidates = sorted({index for word in words for index in _BY_WORD.get(word, ())})
        for index in candidates:
            rule = RULES[index]
            found = rule.pattern.search(record.text) if rule.program == record.program else None
            if found:
                self._count(rule, found, record)
                return

    def _count(self, rule: Rule, found: re.Match[str], record: LogRecord) -> None:
        told = {name: _TOKEN.sub("_", value) for name, value in found.groupdict().items() if value}
        subject = re.sub(r"\{(\w+)\}", lambda match: told.get(match.group(1), "unknown"), rule.subject)
        if subject.startswith("disk:"):
            name = subject[5:] or self.disks.device(record.text) or self.disks.named_last()
            if not name or not (name.startswith("@") or self.disks.counts(name)):
                return
            subject = f"disk:{name if name[0] in '@?' else disk_of(name)}"
        elif rule.subject.startswith("filesystem:"):
            self._fs = told.get("fs", self._fs)
            if (
                not self.disks.counts(self._fs)
                and self._fs not in _MAPPED
                and not _MAPPED_DEVICE.match(self._fs)
            ):
                return
            subject = f"filesystem:{self._fs}"
        count = int(told["n"]) if "n" in told else 1
        self._tallies.add(
            subject,
            rule.code,
            rule.level,
            record,
            early=rule.early,
            lasts=rule.lasts,
            count=count,
            related=told.get("member", ""),
            total="n" in told and rule.code != memory.CORRECTED,
        )

    def link(self, record: LogRecord) -> None:
        """A port's link went up or down; what counts is that one that was up goes down."""
        found = _UP_DOWN.search(record.text)
        if not found or len(self._links) >= MAX_PORTS or found.group("nic") in _NO_PORTS:
            return
        port, is_up = found.group("nic"), found.group("state").lower() == "up"
        if self._links.get(port) and not is_up:
            self._tallies.add(f"nic:{port}", system.FLAPPING, AT_TIMES, record, early=True, lasts=DAY)
        self._links[port] = is_up

    def array(self, record: LogRecord) -> None:
        done, missing, up = (each.search(record.text) for each in (_RECOVERED, _MISSING, _BOND_UP))
        if done:
            self._tallies.drop(f"raid:{done.group('md')}", arrays.DEGRADED)
        elif missing and int(missing.group("up")) < int(missing.group("of")):
            self._tallies.add(f"raid:{missing.group('md')}", arrays.DEGRADED, REPLACE, record, lasts=HOUR)
        elif up:
            self._tallies.drop(f"nic:{up.group('nic')}", "nic.bond-degraded")

    def _settle(self) -> None:
        """Names by which the log called disks at last; what another line has told better is left out."""
        places = self.disks.places()
        names = {f"disk:{place}": f"disk:{name}" for place, name in places.items()}
        names |= {f"disk:?{place}": f"disk:{name}" for place, name in places.items()}
        self._tallies.renamed(names)
        found = self._tallies.found
        explained = {
            subject for subject, code in found if code in (storage.MEDIUM, storage.DROPPED, storage.HARDWARE)
        }
        specific = {code for subject, code in found if subject not in (memory.UNKNOWN, "cpu:unknown")}
        told = any(
            code.startswith(("memory.", "cpu.")) and subject != "cpu:unknown" for subject, code in found
        )
        self._tallies.found = {
            (subject, code): tally
            for (subject, code), tally in found.items()
            if not (code == storage.IO and subject in explained)
            and not (subject == "cpu:unknown" and told)
            and not (subject == memory.UNKNOWN and tally.early and code in specific)
        }


#: Records whose words are looked for together.
_BLOCK: Final = 256
#: File systems on these lie on disks of the appliance all the same.
_MAPPED: Final = frozenset({"squashfs"})
_MAPPED_DEVICE: Final = re.compile(r"(?:dm-|md|drbd|ubi|mtd|mapper/|rpool|[a-z]+pool)")
_SIGNALS: Final[dict[str, tuple[_Signal, ...]]] = {
    "ata": (lambda walk, record: walk.disks.ata(record),),
    "ense Key": (lambda walk, record: walk.disks.sense(record),),
    "ense key": (lambda walk, record: walk.disks.sense(record),),
    "ATA pass through": (lambda walk, record: walk.disks.passed_through(record.text),),
    "I/O error": (lambda walk, record: walk.disks.failed_io(record),),
    "critical target error": (lambda walk, record: walk.disks.failed_io(record),),
    "protection error": (lambda walk, record: walk.disks.failed_io(record),),
    "scsi": (lambda walk, record: walk.disks.host(record.text),),
    "Attached": (lambda walk, record: walk.disks.host(record.text),),
    "Stopping disk": (lambda walk, record: walk.disks.host(record.text),),
    "ATAPI": (lambda walk, record: walk.disks.host(record.text),),
    "Hardware Error": (lambda walk, record: walk.hardware.line(record),),
    "Machine Check": (lambda walk, record: walk.hardware.line(record),),
    "ink is ": (lambda walk, record: walk.link(record),),
    "ink up": (lambda walk, record: walk.link(record),),
    "ink down": (lambda walk, record: walk.link(record),),
    "done": (lambda walk, record: walk.array(record),),
    "active with": (lambda walk, record: walk.array(record),),
    "definitely up": (lambda walk, record: walk.array(record),),
}
_BY_WORD: Final[dict[str, tuple[int, ...]]] = {
    word: tuple(index for index, rule in enumerate(RULES) if word in rule.words)
    for word in dict.fromkeys(word for rule in RULES for word in rule.words)
}
_WORDS: Final = tuple(dict.fromkeys((*_SIGNALS, *_BY_WORD)))
