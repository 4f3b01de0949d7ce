"""What somebody wrote, apart from what the mail program put below it: the earlier mail, a signature. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Lines looked at: what stands further down is quoted or nobody reads it.
_MOST_LINES: Final = 5_000
_MOST_LINE: Final = 500  # of a line that a pattern is held against
#: Begin of the earlier mail, on one line or broken over two.
_WROTE: Final = re.compile(
    r"""(
        on\ .{4,200}\ wrote:                                  # Gmail, Apple Mail, Thunderbird
      | .{0,200}\b(şunu|şunları|aşağıdakini)\ yazd[ıi]\b.{0,60}:   # the same in Turkish
      | .{4,200}\ tarihinde\ .{0,200}\ yazd[ıi]\b.{0,60}:
      | am\ .{4,200}\ schrieb\ .{1,200}:
    )\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_LINE: Final = re.compile(
    r"""[-_\s]*(original\ message|forwarded\ message|özgün\ ileti|orijinal\ (ileti|mesaj|e-posta)|
        iletilen\ (ileti|mesaj)|begin\ forwarded\ message:?|yönlendirilen\ ileti)[-_\s]*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_RULE: Final = re.compile(r"\s*[_-]{10,}\s*\Z")
#: Outlook writes the headers of the earlier mail as a block.
_FROM: Final = re.compile(r"[>*\s]*(from|kimden|gönderen|von)\s*:", re.IGNORECASE)
_FURTHER: Final = re.compile(
    r"[>*\s]*(sent|date|to|cc|subject|gönderilme|gönderildi|gönderme|tarih|kime|bilgi|konu)\b[^:]{0,20}:",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(
    r"""\s*(
        --\s?
      | sent\ from\ my\ .{2,60}
      | .{2,40}['’](im|ım|um|üm|den|dan)?[a-zçğıöşü]{0,6}\ gönderildi\.?
      | (iphone|ipad|android|huawei|samsung)\S{0,20}\ (cihazımdan\ |telefonumdan\ )?gönderildi\.?
      | get\ outlook\ for\ .{2,40}
      | .{0,20}outlook\ .{0,20}(edinin|indirin).{0,80}
    )\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_MOST_SIGNATURE: Final = 15  # lines


@dataclass(frozen=True)
class Folded:
    """The three parts of a text; `said` is what counts."""

    said: str
    signature: str
    quoted: str


def fold(text: str) -> Folded:
    """Part a text. Nothing is lost: a text that is all quotation, or answers in between, stays whole."""
    lines = text.split("\n")
    begin = _quotation(lines)
    said, quoted = lines[:begin], lines[begin:]
    if _answers_in_between(quoted):
        said, quoted = lines, []
    said, signature = _without_signature(said)
    if not "".join(said).strip():
        return Folded(text.strip("\n"), "", "")
    return Folded(_joined(said), _joined(signature), _joined(quoted))


def _quotation(lines: list[str]) -> int:
    """The first line of the earlier mail; how many there are where none is."""
    marked_to_the_end = _marked_tail(lines)
    for index in range(min(len(lines), _MOST_LINES)):
        line = lines[index][:_MOST_LINE]
        if not line.strip():
            continue
        if _LINE.match(line) or _is_attribution(lines, index) or _is_header_block(lines, index):
            return index
        if _RULE.match(line) and _is_header_block(lines, _next_full(lines, index)):
            return index
        if line.startswith(">") and index >= marked_to_the_end:
            return index
    return len(lines)


def _marked_tail(lines: list[str]) -> int:
    """From which line on everything is empty or begins with ">"."""
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].strip() and not lines[index].startswith(">"):
            return index + 1
    return 0


def _is_attribution(lines: list[str], index: int) -> bool:
    one = lines[index].strip()[:_MOST_LINE]
    if _WROTE.match(one):
        return True
    # Broken over two lines, or three, by the program that sent it.
    starts = re.match(r"(on|am)\b|.{0,20}\d{1,2}[./ ]", one, re.IGNORECASE)
    for more in (2, 3):
        together = " ".join(line.strip() for line in lines[index : index + more])[:_MOST_LINE]
        if starts and _WROTE.match(together):
            return True
    return False


def _is_header_block(lines: list[str], index: int) -> bool:
    if index >= len(lines) or not _FROM.match(lines[index][:_MOST_LINE]):
        return False
    return sum(bool(_FURTHER.match(line[:_MOST_LINE])) for line in lines[index + 1 : index + 8]) >= 2


def _next_full(lines: list[str], index: int) -> int:
    after = range(index + 1, min(index + 4, len(lines)))
    return next((each for each in after if lines[each].strip()), len(lines))


def _answers_in_between(quoted: list[str]) -> bool:
    """Whether below a ">" quotation there are lines of the writer's own."""
    marked = [index for index, line in enumerate(quoted[:_MOST_LINES]) if line.startswith(">")]
    if not marked:
        return False
    own = [line for line in quoted[marked[0] : _MOST_LINES] if line.strip() and not line.startswith(">")]
    before_signature, _ = _without_signature(own)
    return bool("".join(before_signature).strip())


def _without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    for index in range(max(0, len(lines) - _MOST_SIGNATURE - 1), len(lines)):
        if _SIGNED.match(lines[index][:_MOST_LINE]):
            return lines[:index], lines[index:]
    return lines, []


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()
