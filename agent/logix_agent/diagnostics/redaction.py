"""Removes secrets from text that leaves the machine. Pure.

It would rather take too much than too little: what follows a word such as "password" is gone, whatever it
was. Every repetition is bounded, so that no text costs more than in proportion to its length.
"""

from __future__ import annotations

import re
from typing import Final

REMOVED: Final = "[removed]"
#: No line is looked at as a whole beyond this; a longer one is looked at in pieces that overlap.
_LINE: Final = 8_192
_OVERLAP: Final = 1_024

_BEGIN: Final = re.compile(r"-----BEGIN [^\n-]{0,64}PRIVATE KEY")
_END: Final = re.compile(r"-----END [^\n-]{0,64}PRIVATE KEY[^\n-]{0,16}-----")
#: What a line of a key looks like, whatever stands before it on a line of a log.
_KEY_LINE: Final = re.compile(r"(?:^|[\s:|])[A-Za-z0-9+/=]{16,128}\s*\Z")

#: Names whose value is a secret, as they occur in settings, command lines, JSON and URLs.
_NAME: Final = (
    r"(?:pass(?:w(?:or)?d|phrase|code|key)?s?(?![a-z])|pwd|secrets?|tokens?|psk|wep[_-]?key[0-9]?|credentials?"
    r"|(?:api|private|access|auth|signing|encryption|luks|pre-?shared|preshared|master|session|client|host)"
    r"[ ._-]?key|community|sessionid|cookie)"
)
_BEFORE: Final = r"[A-Za-z0-9_.-]{0,48}"
_AFTER: Final = r"[A-Za-z0-9_.-]{0,32}"
_QUOTED: Final = r"\"(?:[^\"\\\n]|\\.){0,8192}(?:\"|$)|'(?:[^'\\\n]|\\.){0,8192}(?:'|$)"
_KEEP_NAME: Final = rf"\g<name>{REMOVED}"

_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # Headers: all that follows.
        (
            r"(?P<name>\b(?:proxy-)?authorization[\"']?\s{0,8}[:=]\s{0,8}|\b(?:set-)?cookie[\"']?\s{0,8}:\s{0,8}"
            r"|\bx-(?:api|auth|csrf|access)-(?:key|token)[\"']?\s{0,8}[:=]\s{0,8})(?!\[removed\]).{1,8192}",
            _KEEP_NAME,
        ),
        # A line of settings: the value may hold blanks, it ends with the line.
        (
            rf"(?P<name>^\s{{0,64}}[\"']?{_BEFORE}{_NAME}{_AFTER}[\"']?\s{{0,16}}[:=]\s{{0,16}})"
            rf"(?!\[removed\])(?:{_QUOTED}|.{{1,8192}})",
            _KEEP_NAME,
        ),
        # The same in the middle of a line.
        (
            rf"(?P<name>{_NAME}{_AFTER}[\"']?\s{{0,16}}(?:[:=]|\bis\b)\s{{0,16}}=?>?\s{{0,4}})"
            rf"(?!\[removed\])(?:{_QUOTED}|\S{{1,8192}})",
            _KEEP_NAME,
        ),
        # Options of programs.
        (
            rf"(?P<name>(?<![\w-])--?{_BEFORE}{_NAME}{_AFTER}\s{{1,8}})(?!\[removed\])(?:{_QUOTED}|\S{{1,8192}})",
            _KEEP_NAME,
        ),
        (
            r"(?P<name>(?<!\S)(?:-u|--user|--proxy-user)[ =]{1,4})(?!\[removed\])\S{1,512}:\S{1,512}",
            _KEEP_NAME,
        ),
        # URLs: who, and by which word.
        (r"(?P<name>\b[a-z][a-z0-9+.-]{0,24}://)(?!\[removed\]@)[^\s\"'<>]{0,1024}@", rf"{_KEEP_NAME}@"),
        # Passwords of users, as shadow(5) and crypt(5) write them.
        (
            r"(?P<name>)\$(?:[1567y]|gy|2[abxy]?|argon2\w{0,4}|scrypt|pbkdf2[\w-]{0,16})\$[^\s:]{8,512}",
            _KEEP_NAME,
        ),
        (r"(?P<name>^[^:\s]{1,64}:)[!*]{0,2}[./a-z0-9]{13,128}(?=:\d{0,8}:\d{0,8}:)", _KEEP_NAME),
        # Tokens that are known by their own look.
        (r"(?P<name>\bbearer\s{1,8})(?!\[removed\])\S{4,8192}", _KEEP_NAME),
        (r"(?P<name>\b(?:basic|digest|negotiate)\s{1,8})[a-z0-9+/=_-]{12,4096}", _KEEP_NAME),
        (r"(?P<name>\b)eyJ[\w-]{4,2048}\.[\w-]{4,4096}\.[\w-]{0,2048}", _KEEP_NAME),
        (
            r"(?P<name>\b)(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,255}|glpat-[\w-]{20,64}|xox[abprs]-[\w-]{10,255})",
            _KEEP_NAME,
        ),
    )
)
#: The end of a piece whose next word is a secret.
_WAITS: Final = re.compile(
    rf"(?:{_NAME}{_AFTER}[\"']?\s{{0,16}}(?:[:=]|\bis\b)?|\bbearer|\bbasic|(?<!\S)-u|--(?:proxy-)?user)\s{{1,64}}$",
    re.IGNORECASE,
)
#: None of the patterns can fit a line without one of these; most lines of a log have none.
_HINT: Final = re.compile(
    r"pass|pwd|secret|token|psk|key|credential|community|session|cookie|authorization|://|-u |--\w{0,6}-?user"
    r"|\$|bearer|basic|digest|negotiate|eyJ|AKIA|gh[pousr]_|glpat|xox|^[^:\s]{1,64}:",
    re.IGNORECASE,
)


def redacted(text: str) -> tuple[str, int]:
    """`text` without secrets, line by line, and how often something was removed."""
    kept: list[str] = []
    removed = 0
    inside = False
    for line in text.split("\n"):
        if inside:
            inside = not _END.search(line)
            continue
        begins = _BEGIN.search(line)
        if begins:
            kept.append(line[: begins.start()] + REMOVED)
            removed += 1
            inside = not _END.search(line)
            continue
        ends = _END.search(line)
        if ends:  # its beginning was cut off: the lines before are the key
            while kept and _KEY_LINE.search(kept[-1]):
                kept.pop()
            kept.append(REMOVED + line[ends.end() :])
            removed += 1
            continue
        clean, count = _line(line)
        kept.append(clean)
        removed += count
    return "\n".join(kept), removed


def _line(line: str) -> tuple[str, int]:
    if len(line) > _LINE:
        return _long(line)
    if not _HINT.search(line):
        return line, 0
    removed = 0
    for pattern, replacement in _PATTERNS:
        line, count = pattern.subn(replacement, line)
        removed += count
    return line, removed


def _long(line: str) -> tuple[str, int]:
    """A line of any length, in pieces: a name is not parted from its value, nor a value cut in two."""
    pieces, removed = [], 0
    while line:
        cut = line.rfind(" ", _LINE - _OVERLAP, _LINE) + 1
        if cut and (waits := _WAITS.search(line, 0, cut)) and waits.start():
            cut = waits.start()
        piece, count = _line(line[: cut or _LINE])
        line = line[cut or _LINE :]
        pieces.append(piece)
        removed += count
        if count and not cut:  # what was removed may go on
            blank = line.find(" ")
            line = line[blank:] if blank >= 0 else ""
    return "".join(pieces), removed
