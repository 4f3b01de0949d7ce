"""Removes secrets from text that leaves the machine. Pure.

It would rather take too much than too little: what follows a word such as "password" is gone, whatever it
was. What secrets look like is told by `secret_patterns`.
"""

from __future__ import annotations

from typing import Final

from logix_agent.diagnostics.secret_patterns import (
    BEGIN,
    COLOUR,
    END,
    KEY_LINE,
    OPENS,
    PATTERNS,
    REMOVED,
    REPLACEMENT,
    WAITS,
)

#: No line is looked at as a whole beyond this; a longer one is looked at in pieces that overlap.
_LINE: Final = 8_192
_OVERLAP: Final = 1_024
#: No key and no value has more lines: whoever can write a line of a log must not make the rest of it vanish.
_MOST_LINES: Final = 1_000
#: What a line ends with whose value follows.
_OPENING: Final = frozenset(":=|>+-[{(0123456789")


def redacted(text: str) -> tuple[str, int]:
    """`text` without secrets, line by line, and how often something was removed."""
    kept: list[str] = []
    removed = hidden = 0
    margin = -1  # of a name whose value follows on lines further to the right; -1 = of none
    for line in COLOUR.sub("", text).split("\n"):
        if hidden:
            hidden = 0 if END.search(line) else hidden - 1
            continue
        if margin >= 0 and (not line.strip() or _indent(line) > margin):
            continue
        margin = -1
        begins, ends = BEGIN.search(line), END.search(line)
        if begins:
            kept.append(line[: begins.start()] + REMOVED)
            hidden = 0 if ends else _MOST_LINES
        elif ends:  # its beginning was cut off: the lines before are the key
            while kept and (KEY_LINE.search(kept[-1]) or kept[-1].endswith(REMOVED)):
                kept.pop()
            kept.append(REMOVED + line[ends.end() :])
        else:
            clean, count = _line(line)
            if _opens(line):
                margin, count = _indent(line), count + 1
            kept.append(clean)
            removed += count
            continue
        removed += 1
    return "\n".join(kept), removed


def _line(line: str) -> tuple[str, int]:
    if len(line) > _LINE:
        return _long(line)
    removed = 0
    small = line.lower()
    for words, pattern in PATTERNS:
        if any(word in small for word in words):  # far cheaper than to try
            line, count = pattern.subn(REPLACEMENT, line)
            removed += count
    return line, removed


def _long(line: str) -> tuple[str, int]:
    """A line of any length, in pieces: a name is not parted from its value, nor a value cut in two."""
    pieces, removed = [], 0
    while line:
        cut = line.rfind(" ", _LINE - _OVERLAP, _LINE) + 1
        if cut and (waits := WAITS.search(line, 0, cut)) and waits.start():
            cut = waits.start()
        piece, count = _line(line[: cut or _LINE])
        line = line[cut or _LINE :]
        pieces.append(piece)
        removed += count
        if count and not cut:  # what was removed may go on
            blank = line.find(" ")
            line = line[blank:] if blank >= 0 else ""
    return "".join(pieces), removed


def _opens(line: str) -> bool:
    ends = line[-_OVERLAP:].rstrip()
    return (ends[-1:] in _OPENING or ":: " in ends) and OPENS.search(ends) is not None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
