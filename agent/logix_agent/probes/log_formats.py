"""One line of a kernel log in any of the forms in which tools print it, to what the kernel said. Pure.

/dev/kmsg records (Documentation/ABI/testing/dev-kmsg), netconsole's extended form (admin-guide/
netconsole.rst), dmesg(1) with every --time-format, --decode and --raw, syslog (RFC 3164, RFC 5424, rsyslog's
and busybox's forms), journalctl(1) -o short*, json and export. No expression here backtracks over more
than a bounded piece of a line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from logix_agent.probes.log_readings import LogRecord

#: The kernel itself cuts a message at 1 KiB (LOG_LINE_MAX); journal lines hold many fields around it.
MAX_TEXT: Final = 1_024
MAX_LINE: Final = 16_384

_ANSI: Final = re.compile(r"\x1b\[[0-9;]{0,16}[A-Za-z]")
_KMSG: Final = re.compile(
    r"(?:\d[\w.+-]{2,64},)?(\d{1,4}),(\d{1,20}),(\d{1,20}),[-+\w]{1,4}(?:,[^;]{0,100})?;(.*)\Z", re.DOTALL
)
_PRIORITY: Final = re.compile(r"<(\d{1,3})>(?:1 (?=\d{4}-))?")
_DECODED: Final = re.compile(
    r"([a-z]{3,8}\d?)\s*:(?:emerg|alert|crit|err|warn|notice|info|debug)\s*:\s?"  # dmesg --decode
)
_SECONDS: Final = re.compile(r"\[\s{0,12}(\d{1,10}\.\d{1,9})(?:\s*<\s*[\d.]{1,20}\s*>)?\s*\]\s?")
_NO_SECONDS: Final = re.compile(
    r"\[(?:\s{0,12}[TC]\d{1,8}\s*|\s{0,12}\+\d{1,8}\.\d{1,9}\s*|<\s*[\d.]{1,20}\s*>"
    r"|[A-Z][a-z]{2}\s{1,2}\d{1,2} \d\d:\d\d|[A-Z][a-z]{2}\s{1,2}[A-Z][a-z]{2}\s[^\]]{8,32}|\d{4}-\d\d-\d\d[^\]]{0,32})\]\s?"
)
_STAMP: Final = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
    r"(?:(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(?P<day>\d{1,2})(?:,? \d{4})? "
    r"|(?P<iso>\d{4}-\d\d-\d\d)[T ])"
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<part>[.,]\d{1,9})?(?: \d{4}(?= ))?"
    r"(?P<zone>Z| ?[+-]\d\d:?\d\d| [A-Z]{3,4}(?= ))?[: ] {0,4}"
)
_UNIX: Final = re.compile(r"(?P<unix>\d{9,11}\.\d{3,9}) ")
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
#: [host] [facility.level] program[pid]: — nothing of it holds ": ".
_TAG: Final = re.compile(
    r"(?:[\w.:-]{1,255} ){0,2}?(?P<program>[\w./@()-]{1,64})(?:\[\d{1,10}\])?:(?: |\Z)(?P<text>.*)\Z",
    re.DOTALL,
)
_STRUCTURED: Final = re.compile(
    r"[\w.:-]{1,255} (?P<program>[\w./-]{1,64}) \S{1,64} \S{1,64} (?:-|\[[^\]]{0,400}\]) "
)
_JSON_TEXT: Final = re.compile(r'\s{0,40}"(?:MESSAGE|msg)"\s{0,4}:\s{0,4}("(?:[^"\\]|\\.){0,8192}")')
_JSON_TIME: Final = re.compile(r'\s{0,40}"time"\s{0,4}:\s{0,4}(\d{1,10}(?:\.\d{1,9})?)')
_REPEATED: Final = re.compile(r"message repeated \d{1,9} times?: \[ ?(.*)\]\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line understood: its record, and whether it bears the marks of a log (a time, a number, a tag)."""

    record: LogRecord
    marked: bool


def line_of(line: str) -> Line | None:
    """The record of one line; None for what holds none (continuations, blank lines, headings). Total."""
    line = line[:MAX_LINE]
    if "\x1b" in line:
        line = _ANSI.sub("", line)
    while line.startswith("> "):
        line = line[2:]
    if not line or line.isspace() or line.startswith("-- "):
        return None
    first = line[0]
    if first.isdigit():
        matched = _KMSG.match(line)
        if matched:
            return _from_kmsg(*matched.groups())
    if first in '{" \t':
        found = _from_json(line) if first == "{" else _from_json_piece(line)
        if found is not None or first == "{":
            return found
    if line.startswith("MESSAGE="):
        return _plain(line[8:], None, marked=True)
    return _from_text(line)


def time_piece(line: str) -> float | None:
    """The time in a line of `dmesg --json`, which stands before its message."""
    matched = _JSON_TIME.match(line[:200])
    return float(matched.group(1)) if matched else None


def _from_kmsg(priority: str, sequence: str, microseconds: str, text: str) -> Line:
    program = "kernel" if int(priority) >> 3 == 0 else _program_of(text)
    record = LogRecord(text[:MAX_TEXT], int(microseconds) / 1e6, int(sequence), program)
    return Line(record, marked=True)


def _program_of(text: str) -> str:
    matched = _TAG.match(text[:128])
    return matched.group("program") if matched else "user"


def _from_json(line: str) -> Line | None:
    """A line of `journalctl -o json`; MESSAGE is a list of bytes where it is no text."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    message = entry.get("MESSAGE", entry.get("msg"))
    if isinstance(message, list) and all(isinstance(each, int) and 0 <= each < 256 for each in message):
        message = bytes(message).decode("utf-8", "replace")
    if not isinstance(message, str):
        return None
    told = entry.get(
        "SYSLOG_IDENTIFIER", "kernel" if entry.get("_TRANSPORT", "kernel") == "kernel" else "user"
    )
    since_boot = entry.get("_SOURCE_MONOTONIC_TIMESTAMP", entry.get("__MONOTONIC_TIMESTAMP", ""))
    at = (
        int(since_boot) / 1e6 if isinstance(since_boot, str) and re.match(r"\d{1,18}\Z", since_boot) else None
    )
    return Line(
        LogRecord(message[:MAX_TEXT], at, None, told if isinstance(told, str) else "user"), marked=True
    )


def _from_json_piece(line: str) -> Line | None:
    """The message in a line of JSON spread over several (`journalctl -o json-pretty`, `dmesg --json`)."""
    matched = _JSON_TEXT.match(line)
    if not matched:
        return None
    try:
        message = json.loads(matched.group(1))
    except ValueError:
        return None
    return _plain(message, None, marked=True)


def _from_text(line: str) -> Line | None:
    marked = False
    priority = _PRIORITY.match(line)
    facility = 0
    if priority:
        line, marked, facility = line[priority.end() :], True, int(priority.group(1)) >> 3
    stamp = _STAMP.match(line) or _UNIX.match(line)
    if stamp:
        return _from_syslog(line[stamp.end() :], stamp)
    decoded = _DECODED.match(line)
    if decoded:
        line, marked = line[decoded.end() :], True
        facility = 0 if decoded.group(1) == "kern" else 1
    found = _plain(line, None, marked)
    if facility and found is not None:
        program = _program_of(found.record.text)
        return Line(LogRecord(found.record.text, found.record.at, None, program), marked)
    return found


def _from_syslog(rest: str, stamp: re.Match[str]) -> Line | None:
    """What follows a time of day: host and program, or at once the message (dmesg --time-format iso)."""
    at = _seconds(stamp)
    if stamp.re is _STAMP and stamp.group("iso") and (stamp.group("part") or "").startswith(","):
        return _plain(rest, at, marked=True)
    structured = _STRUCTURED.match(rest)
    tag = structured or _TAG.match(rest)
    if tag is None:
        return None
    program = tag.group("program")
    text = rest[structured.end() :] if structured else tag.group("text")
    if program == "kernel":
        return _plain(text, at, marked=True)
    return Line(LogRecord(text[:MAX_TEXT], at, None, program), marked=True)


def _plain(text: str, at: float | None, marked: bool) -> Line | None:
    """A message that may still bear the kernel's own time and caller before it."""
    for _ in range(3):
        if not text.startswith("["):
            break
        seconds = _SECONDS.match(text)
        other = seconds or _NO_SECONDS.match(text)
        if other is None:
            break
        if seconds:
            at = float(seconds.group(1))
        text, marked = text[other.end() :], True
    if (marked and text.startswith(("kernel: ", "kernel:["))) or " kernel: " in text[:256]:
        head, _, after = text.partition("kernel:")  # journalctl -o short-monotonic: [ 1.2] host kernel: …
        if ": " not in head and head.count(" ") <= 1:
            return _plain(after.strip(), at, marked=True)
    if text.startswith("message repeated "):
        repeated = _REPEATED.match(text)
        text = repeated.group(1) if repeated else text
    text = text[:MAX_TEXT].replace("#012", " ").rstrip()
    return Line(LogRecord(text, at), marked) if text else None


def _seconds(stamp: re.Match[str]) -> float:
    """Seconds that order lines and tell them hours apart; not a date (syslog names no year)."""
    if stamp.re is _UNIX:
        return float(stamp.group("unix"))
    if stamp.group("iso"):
        year, month, day = (int(piece) for piece in stamp.group("iso").split("-"))
    else:
        year, month, day = 0, 1 + _MONTHS.index(stamp.group("month")) // 3, int(stamp.group("day"))
    days = (year * 12 + month) * 31 + day
    clock = int(stamp.group("hour")) * 3_600 + int(stamp.group("minute")) * 60 + int(stamp.group("second"))
    return float(days * 86_400 + clock)
