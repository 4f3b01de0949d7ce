"""What the kernel logs: /dev/kmsg as it comes, or the text of a log in any form (`log_formats`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.host.kernel_ring import KernelRing
from logix_agent.host.paths import HostPaths
from logix_agent.probes import removable
from logix_agent.probes.log_formats import Line, line_of, time_piece
from logix_agent.probes.log_readings import KernelLog, LogRecord
from logix_agent.probes.readings import CannotTell, clean

#: Records of one text that are judged; far above any ring buffer, and what bounds the memory used.
MAX_RECORDS: Final = 250_000
MAX_JOURNAL: Final = 4 * 1_048_576
#: Records asked of a journal: what a busy kernel logs between two passes, and a boot at first sight.
JOURNAL_LINES: Final = 5_000
_MAX_DISKS: Final = 256
_ATA: Final = re.compile(r"/ata(\d{1,4})/")
_SCSI: Final = re.compile(r"/(\d{1,5}:\d{1,5}:\d{1,5}:\d{1,20})/block/")
_REFUSED: Final = re.compile(r"\s*(?:dmesg|journalctl|No journal files|Hint: )[^\n]{0,200}", re.IGNORECASE)
#: How messages of a log without times begin (`dmesg -t`): the part of the kernel that speaks.
_SPEAKER: Final = re.compile(
    r"(?:(?:sd|scsi|ata|nvme|usb|pci|pcieport|EXT\d|XFS|BTRFS|JBD|md|raid\d|dm|device-mapper|mce|MCE|EDAC|CPU\d"
    r"|ACPI|PCI|PM|NET|IPv6|TCP|e1000e?|igb|ixgbe|i40e|ice|tg3|bnx2x?|r8169|mlx\d|bond\w*|eth\d|en[ops]\w+|hd[a-z]"
    r"|end_request|blk_update_request|print_req_error|Buffer|Memory|Kernel|Linux|BIOS|DMI|BUG|INFO|WARNING|NMI"
    r"|Out|rcu|watchdog|audit|systemd|input|thermal|clocksource|\{\d+\}|FAT|hid|i8042|tsc|x86|Console|NETDEV)"
    r"[\w./+-]{0,24}(?:[ (][^\n:]{0,60})?:? )"
)


def parse(text: str) -> KernelLog | CannotTell:
    """The records of a log's text, in any form; cannot tell where nothing in it is a kernel's. Total.

    Takes time and memory in proportion to the text, at most `MAX_RECORDS` records.
    """
    records: list[LogRecord] = []
    marked = False
    for line in _lines(text):
        records.append(line.record)
        marked = marked or (line.marked and line.record.program == "kernel")
        if len(records) >= MAX_RECORDS:
            break
    if not marked:
        return _unmarked(records)
    return KernelLog(tuple(records))


def _unmarked(records: list[LogRecord]) -> KernelLog | CannotTell:
    """A text without times or tags: a log only where most of it speaks as a kernel does."""
    speaking = sum(1 for record in records[:200] if _SPEAKER.match(record.text))
    of = min(len(records), 200)
    if not records or _REFUSED.match(records[0].text) or speaking * 3 < of or not speaking:
        others = any(record.program in ("mcelog", "smartd") for record in records)
        return KernelLog(tuple(records)) if others else CannotTell("not the text of a kernel log")
    return KernelLog(tuple(records))


def _lines(text: str) -> Iterator[Line]:
    head = text[:4_096].lstrip("\ufeff\0 \t\r\n")
    if head.startswith("{") and '"dmesg"' in head[:64]:
        whole = _whole_json(text)
        if whole is not None:
            yield from whole
            return
    at: float | None = None
    kmsg = False
    for line in re.finditer(r"[^\r\n]+", text):
        said = line.group()
        if kmsg and said[0] == " ":  # further fields of a record: " SUBSYSTEM=pci"
            continue
        if said.lstrip(" ")[:6] == '"time"':
            at = time_piece(said)
            continue
        found = line_of(said)
        if found is None:
            continue
        kmsg = found.record.sequence is not None
        if at is not None and found.record.at is None:
            found = Line(LogRecord(found.record.text, at, None, found.record.program), found.marked)
        yield found


def _whole_json(text: str) -> Iterable[Line] | None:
    """`dmesg --json` as one document; None where it is cut off."""
    try:
        entries = json.loads(text)["dmesg"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(entries, list):
        return None
    found = []
    for entry in entries[:MAX_RECORDS]:
        if isinstance(entry, dict) and isinstance(entry.get("msg"), str):
            at, priority = entry.get("time"), entry.get("pri", 0)
            seconds = float(at) if isinstance(at, int | float) and abs(at) < 1e12 else None
            own = not isinstance(priority, int) or priority >> 3 == 0
            text_of = entry["msg"][:1_024]
            found.append(Line(LogRecord(text_of, seconds, None, "kernel" if own else "user"), marked=True))
    return found


async def read(
    ring: KernelRing, paths: HostPaths, commands: Commands, limit: float
) -> KernelLog | CannotTell:
    """What the kernel has logged and nobody has settled; at first all that its buffer still holds.

    Of a captured machine: its /dev/kmsg or dmesg text. Where /dev/kmsg may not be read, the journal's newest
    lines (their repetition is known by their times).
    """
    if not paths.live:
        return await _captured(paths, commands, limit)
    drawn = ring.read()
    if drawn is not None:
        found = (line_of(text) for text in drawn.records)
        records = tuple(line.record for line in found if line is not None)
        lost, uptime, upto = drawn.lost, drawn.uptime, drawn.upto
    else:
        answer = await commands.run(
            ["journalctl", "-k", "-b", "-o", "json", "-n", str(JOURNAL_LINES), "--no-pager", "-q"],
            limit,
            MAX_JOURNAL,
        )
        if answer.exit_code != 0 and not answer.truncated:
            return CannotTell("/dev/kmsg cannot be read, and the journal does not answer")
        parsed = parse(answer.stdout.decode("utf-8", "replace"))
        records = parsed.records if isinstance(parsed, KernelLog) else ()
        lost, uptime, upto = 0, ring.uptime(), 0
    known = places(paths), removable.read(paths)
    return KernelLog(records, ring.boot, uptime, lost, *known, upto, mapped(paths))


async def _captured(paths: HostPaths, commands: Commands, limit: float) -> KernelLog | CannotTell:
    for path in ("/dev/kmsg", "/var/log/dmesg"):
        reading = paths.read(path, MAX_JOURNAL)
        if reading.data:
            return parse(reading.text)
    for argv in (["dmesg"], ["journalctl", "-k"]):
        answer = await commands.run(argv, limit, MAX_JOURNAL)
        if answer.stdout:
            return parse(answer.stdout.decode("utf-8", "replace"))
    return CannotTell("no kernel log", absent=True)


def places(paths: HostPaths) -> dict[str, str]:
    """ "ata3" and "2:0:0:0" -> "sda", by where the kernel's list of disks points."""
    found: dict[str, str] = {}
    for name in (paths.names("/sys/block") or ())[:_MAX_DISKS]:
        link = paths.link(f"/sys/block/{name}")
        for matched in (_ATA.search(link), _SCSI.search(link)):
            if matched:
                found[f"ata{matched.group(1)}" if matched.re is _ATA else matched.group(1)] = name
    return found


def mapped(paths: HostPaths) -> dict[str, str]:
    """ "dm-3" -> "vg-var": how mount tables name what the log calls by its number."""
    names = [name for name in paths.names("/sys/block") or () if name.startswith("dm-")][:_MAX_DISKS]
    told = {name: clean(paths.line(f"/sys/block/{name}/dm/name"), 128) for name in names}
    return {name: called for name, called in told.items() if called}
