"""Messages on disks that mean something only beside others: ATA ports, sense keys, who hangs on USB. Pure."""

from __future__ import annotations

import re
from typing import Final

from logix_agent.detectors.kernel import storage
from logix_agent.detectors.kernel.rules import AT_TIMES, REPLACE, STOPPED, THIS_BOOT
from logix_agent.detectors.kernel.tallies import Tallies
from logix_agent.detectors.memory import disk_of
from logix_agent.probes.log_readings import LogRecord

MAX_NAMES: Final = 4_096
_ATA: Final = re.compile(r"ata(?P<port>\d{1,4})(?:\.\d{2})?: (?P<rest>.*)")
_ADDRESS: Final = re.compile(r"\b(\d{1,5}):(\d{1,5}):(\d{1,5}):(\d{1,20})\b")
_NAME: Final = re.compile(
    r"\[(sd[a-z]{1,4}|sr\d{1,3}|st\d{1,3}|nvme\w{1,12})\]|\b(sd[a-z]{1,4}|sr\d{1,3}|scd\d{1,3})\b[:,]|\bdev(?:ice)? (sd[a-z]{1,4})\b"
)
_KEY: Final = re.compile(r"[Ss]ense [Kk]ey ?:? ?(0x[0-9a-f]{1,2}|[A-Z][a-z]+ [A-Z][a-z]+|[A-Z][a-z]+)")
_KEYS: Final = {
    "0x0": "No Sense",
    "0x1": "Recovered Error",
    "0x2": "Not Ready",
    "0x3": "Medium Error",
    "0x4": "Hardware Error",
    "0x5": "Illegal Request",
    "0x7": "Data Protect",
    "0x8": "Blank Check",
    "0xb": "Aborted Command",
}
#: A command that the disk does not know, nothing written there yet, written nowhere: no error of the disk.
_HARMLESS: Final = frozenset(
    {"Illegal Request", "Blank Check", "Data Protect", "Not Ready", "No Sense", "Unit Attention"}
)
_IO: Final = re.compile(
    r"(?P<kind>I/O|critical target|protection) error, dev (?:[\da-f:]{3,7} \()?(?P<dev>[\w!-]{1,32})\)?, sector \d{1,20}(?: op 0x[0-9a-f]{1,4}:\((?P<op>\w{1,16})\))?"
)
_BUFFER: Final = re.compile(
    r"(?:Buffer I/O error on dev(?:ice)? |lost page write due to I/O error on |lost async page write.{0,20} on )(?P<dev>[\w!-]{1,32})"
)
_NO_READING: Final = frozenset({"DISCARD", "WRITE_ZEROES", "SECURE_ERASE", "WRITE_SAME"})
_NO_DISK: Final = re.compile(r"(?:sr|scd|fd|loop|ram|zram|nbd|dm-|md|drbd|rbd|st)\d")
_HOST: Final = re.compile(
    r"\bscsi(?: host)?(\d{1,5}) ?: (?:usb-storage|uas\b|SCSI emulation for USB|sbp2|ieee1394)"
)
_FOUND: Final = re.compile(
    r"scsi (\d{1,5}:\d{1,5}:\d{1,5}:\d{1,20}): Direct-Access {1,20}ATA {1,8}(\S[^\n]{2,15})"
)
#: What every ATA problem ends with, or begins anew.
_LINK_WORDS: Final = (
    "(ATA bus error)",
    "interface fatal error",
    "COMRESET failed",
    "hard resetting link",
    "limiting SATA link speed",
    "(HSM violation)",
    "(interface error)",
    "NCQ disabled due to excessive errors",
    "PHY RDY changed",
)
_FAILING: Final = (
    "failed to recover",
    "revalidation failed",
    "failed to IDENTIFY",
    "failed to set xfermode",
    "reset failed, giving up",
)
_EMASK: Final = re.compile(r"exception Emask 0x([0-9a-f]{1,4}) .{0,60}frozen")
_MAX_RECENT: Final = 12


class DiskLines:
    """Follows a log and knows which name belongs to which port, and what is no disk of the appliance."""

    def __init__(self, tallies: Tallies, names: dict[str, str], removable: frozenset[str]) -> None:
        self._tallies = tallies
        self.names = names  # "ata2", "1:0:0:0" -> "sda"
        self._removable = set(removable)
        self._usb_hosts: set[str] = set()
        self._optical: set[str] = set()  # ATA ports
        self._models: dict[str, str] = {}  # ATA port -> model, until its SCSI name is known
        self._handled: str = ""  # the ATA port whose errors are being handled
        self._plugged: set[str] = set()  # ATA ports at which somebody pulled or pushed a plug
        self._failing: set[str] = set()
        self._stopped = -_MAX_RECENT  # number of the line that stopped a disk on purpose
        self._line = 0
        self._sense: dict[str, tuple[str, int]] = {}  # disk -> its last sense key, and in which line
        self._last = ""  # the disk last named in a sense line

    def next_line(self, number: int) -> None:
        """The number of the line that is read now."""
        self._line = number

    def device(self, text: str) -> str:
        """The disk that a line names: "sda", or "?1:0:0:0" where only its address is known, or ""."""
        named = _NAME.search(text)
        address = _ADDRESS.search(text)
        name = next((each for each in named.groups() if each), "") if named else ""
        if not address:
            return name
        place = address.group()
        if name and len(self.names) < MAX_NAMES:
            self.names[place] = name
            if address.group(1) in self._usb_hosts:
                self._removable.add(name)
            else:
                self._attached_here(name)
        elif address.group(1) in self._usb_hosts:
            return "sr0"
        return name or self.names.get(place, f"?{place}")

    def _attached_here(self, name: str) -> None:
        if self._handled and not name.startswith("sr") and f"ata{self._handled}" not in self.names:
            self.names[f"ata{self._handled}"] = name

    def counts(self, name: str) -> bool:
        """Whether faults of this device are faults of the appliance."""
        base = disk_of(name)
        return (
            bool(base)
            and not _NO_DISK.match(name)
            and base not in self._removable
            and name not in self._removable
        )

    def host(self, text: str) -> None:
        """A line that may say which SCSI host is a USB bridge, or how a disk was attached."""
        usb = _HOST.search(text)
        if usb and len(self._usb_hosts) < MAX_NAMES:
            self._usb_hosts.add(usb.group(1))
        if "Attached SCSI removable disk" in text or "Attached scsi removable disk" in text:
            name = self.device(text)
            if name:
                self._removable.add(name)
        elif "Attached SCSI disk" in text:
            name = self.device(text)
            address = _ADDRESS.search(text)
            if name and address and address.group(1) not in self._usb_hosts:
                self._removable.discard(name)
        found = _FOUND.search(text)
        if found:
            self._meet(found.group(1), found.group(2).strip())
        ide = re.match(r"(hd[a-z]): .{0,60}(?:ATAPI|CD-ROM|DVD)", text)
        if ide:
            self._removable.add(ide.group(1))
        if "Stopping disk" in text:
            self._stopped = self._line

    def _meet(self, place: str, model: str) -> None:
        """A disk appears on the SCSI side: the first ATA port with that model, not yet met, is its own."""
        for port, told in self._models.items():
            if told[:14].strip() == model[:14].strip():
                self.names[f"ata{port}"] = f"?{place}"
                del self._models[port]
                return

    def sense(self, record: LogRecord) -> None:
        """A sense key (SPC-4, 4.5.6): what the disk itself says of a command that failed."""
        found = _KEY.search(record.text)
        if not found:
            return
        key = _KEYS.get(found.group(1), found.group(1))
        name = self.device(record.text) or self._last
        self._last = name = name if name.startswith("?") else disk_of(name)
        if not name or not self.counts(name):
            return
        if len(self._sense) < MAX_NAMES:
            self._sense[name] = (key, self._line)
        subject = f"disk:{name}"
        if key == "Medium Error":
            self._tallies.add(subject, storage.MEDIUM, REPLACE, record)
        elif key == "Hardware Error":
            self._tallies.add(subject, storage.HARDWARE, REPLACE, record)
        elif key == "Recovered Error":
            self._tallies.add(subject, storage.RECOVERED, AT_TIMES, record, early=True)
        elif key == "Aborted Command":
            self._tallies.add(subject, storage.LINK, AT_TIMES, record, early=True)

    def passed_through(self, text: str) -> None:
        """A program's own ATA command was answered: its "Recovered Error" is none (SAT-3, 12.2.2.7)."""
        name = self.device(text) or self._last
        self._tallies.drop(f"disk:{name}", storage.RECOVERED)

    def named_last(self) -> str:
        """The disk that the sense lines before spoke of."""
        return self._last

    def failed_io(self, record: LogRecord) -> None:
        """A read or write that came to nothing."""
        found = _IO.search(record.text) or _BUFFER.search(record.text)
        if not found:
            return
        name, told = found.group("dev"), found.groupdict()
        if not self.counts(name) or told.get("op") in _NO_READING:
            return
        base = disk_of(name)
        key, line = self._sense.get(base, ("", 0))
        if key in _HARMLESS and self._line - line < _MAX_RECENT:
            return
        self._tallies.add(f"disk:{base}", storage.IO, REPLACE, record)

    def ata(self, record: LogRecord) -> None:
        """A line of libata on one of its ports (drivers/ata/libata-eh.c)."""
        found = _ATA.match(record.text)
        if not found:
            return
        port, rest = found.group("port"), found.group("rest")
        if rest.startswith(("ATAPI", "CFA")):
            self._optical.add(port)
        elif rest.startswith("ATA-") and len(self._models) < MAX_NAMES:
            self._models[port] = rest.partition(": ")[2].partition(",")[0]
            self._optical.discard(port)
        elif rest.startswith("EH complete"):
            self._handled = ""
            self._plugged.discard(port)
        elif port not in self._optical:
            self._ata_error(port, rest, record)

    def _ata_error(self, port: str, rest: str, record: LogRecord) -> None:
        subject = f"disk:ata{port}"
        if (
            "connection status changed" in rest
            or "DevExch" in rest
            or "hot plug" in rest
            or "hotplug" in rest
        ):
            self._plugged.add(port)
            known = self._tallies.found.get((subject, storage.LINK))
            if known and known.count == 1:  # the exception that the plug itself caused
                self._tallies.drop(subject, storage.LINK)
        if rest.startswith(("exception ", "status: ", "error: ", "failed command", "SError", "cmd ")):
            self._handled = port
        if any(word in rest for word in _FAILING):
            self._failing.add(port)
        if "(media error)" in rest or (
            rest.startswith("error: ") and re.search(r"\b(?:UNC|IDNF|AMNF)\b", rest)
        ):
            self._tallies.add(subject, storage.MEDIUM, REPLACE, record)
        elif rest.startswith("error: ") and "ICRC" in rest:
            self._on_link(port, record)
        elif "(timeout)" in rest or "qc timeout" in rest or "lost interrupt" in rest:
            self._tallies.add(subject, storage.SILENT, AT_TIMES, record, early=True)
        elif rest.startswith("disable"):
            codes = {code for at, code in self._tallies.found if at == subject}
            bad = port in self._failing or port in self._plugged or codes & {storage.LINK, storage.SILENT}
            if bad and self._line - self._stopped >= _MAX_RECENT:
                self._tallies.add(subject, storage.DROPPED, STOPPED, record, lasts=THIS_BOOT)
        elif any(word in rest for word in _LINK_WORDS) or (rest.startswith("SError: {") and "}" in rest):
            self._on_link(port, record)
        else:
            self._frozen(port, rest, record)

    def _frozen(self, port: str, rest: str, record: LogRecord) -> None:
        """An exception by its mask of errors (include/linux/libata.h: AC_ERR_TIMEOUT 4, AC_ERR_ATA_BUS 0x10)."""
        mask = _EMASK.match(rest)
        bits = int(mask.group(1), 16) if mask else 0
        if bits & 0x10:
            self._on_link(port, record)
        elif bits & 0x4:
            self._tallies.add(f"disk:ata{port}", storage.SILENT, AT_TIMES, record, early=True)

    def _on_link(self, port: str, record: LogRecord) -> None:
        if port not in self._plugged:
            self._tallies.add(f"disk:ata{port}", storage.LINK, AT_TIMES, record, early=True)

    def places(self) -> dict[str, str]:
        """What the log called disks by place, and their names, as far as it told them."""
        found = {}
        for place, name in self.names.items():
            known = self.names.get(name[1:], "") if name.startswith("?") else name
            if known and not known.startswith("?"):
                found[place] = known
        return found
