"""How an input is changed into another: bytes, numbers, tokens, lines, and pieces of other inputs."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

MAX_INPUT: Final = 32_768
_NUMBER: Final = re.compile(rb"-?[0-9]+")
_NUMBERS: Final = (
    b"0", b"1", b"-1", b"9", b"10", b"11", b"89", b"90", b"99", b"100", b"101", b"127", b"128", b"255",
    b"256", b"65535", b"2147483648", b"4294967295", b"18446744073709551616", b"1e999", b"-0", b"0.5",
    b"9" * 60, b"NaN", b"0x", b"0xff", b"1,234",
)  # fmt: skip
_TOKENS: Final = (
    b"", b"\0", b"\n", b"\r\n", b"\t", b" ", b":", b"|", b",", b";", b"/", b"..", b"[", b"]", b"{", b"}",
    b'"', b"null", b"true", b"false", b"[]", b"{}", b'""', b"na", b"N/A", b"\xff\xfe", b"\xed\xa0\x80",
    b"\xe2\x80\xa8", b"\x1b[31m", b"%s", b"(", b")", b"_", b"U", b"F", b"(F)", b"[" * 200,
    b"A" * 300, b"\xc4\xb0",
)  # fmt: skip
_VALUES: Final = (
    None, True, False, 0, 1, -1, 11, 90, 100, 255, 65_535, 2**64, 2**130, 0.5, 7.0, 1e300, "", "0", "7",
    "0x10", "now", "A" * 400,
    "\u0000\u202e", "\ud800", [], {}, [None], {"value": 3}, {"string": "7 (1 2)"}, [[]],
)  # fmt: skip

Change = Callable[[bytes, bytes, random.Random], bytes]


def mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """`data` after one to six changes, some of them with pieces of `other`; at most `MAX_INPUT` long."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        data = chance.choice(CHANGES)(data, other, chance)[:MAX_INPUT]
    return data


def _span(data: bytes, chance: random.Random, longest: int = 400) -> tuple[int, int]:
    begin = chance.randint(0, len(data))
    return begin, min(len(data), begin + chance.randint(0, longest))


def _flip(data: bytes, _: bytes, chance: random.Random) -> bytes:
    if not data:
        return b"\x80"
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _number(data: bytes, _: bytes, chance: random.Random) -> bytes:
    """Another number in place of one that is there."""
    found = list(_NUMBER.finditer(data))
    if not found:
        return data + chance.choice(_NUMBERS)
    match = chance.choice(found)
    return data[: match.start()] + chance.choice(_NUMBERS) + data[match.end() :]


def _token(data: bytes, _: bytes, chance: random.Random) -> bytes:
    begin, end = _span(data, chance, chance.choice((0, 8)))
    return data[:begin] + chance.choice(_TOKENS) + data[end:]


def _cut(data: bytes, _: bytes, chance: random.Random) -> bytes:
    begin, end = _span(data, chance)
    return data[:begin] + data[end:]


def _truncate(data: bytes, _: bytes, chance: random.Random) -> bytes:
    return data[: chance.randint(0, len(data))]


def _repeat(data: bytes, _: bytes, chance: random.Random) -> bytes:
    begin, end = _span(data, chance, 60)
    return data[:end] + data[begin:end] * chance.choice((1, 2, 50)) + data[end:]


def _splice(data: bytes, other: bytes, chance: random.Random) -> bytes:
    begin, end = _span(other, chance)
    place = chance.randint(0, len(data))
    return data[:place] + other[begin:end] + data[place:]


def _lines(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Lines in another order, left out, or taken from `other`."""
    lines = data.split(b"\n")
    foreign = chance.choice(other.split(b"\n"))
    place = chance.randrange(len(lines))
    how = chance.randrange(4)
    if how == 0:
        lines[place] = foreign
    elif how == 1:
        lines.insert(place, foreign)
    elif how == 2:
        del lines[place]
    else:
        chance.shuffle(lines)
    return b"\n".join(lines)


def _document(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """One value of a JSON document put in another's place, so that it stays a document; else a number."""
    if data[:1] not in (b"{", b"["):
        return _number(data, other, chance)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _number(data, other, chance)
    places = list(_places(document))
    if not places:
        return data
    holder, key = chance.choice(places)
    foreign_holder, foreign_key = chance.choice(places)
    how = chance.randrange(4)
    if how == 0:
        del holder[key]
    elif how == 1:
        holder[key] = json.loads(json.dumps(foreign_holder[foreign_key]))
    elif how == 2 and isinstance(holder[key], int | float):
        holder[key] += chance.choice((-1, 1, 10, 1 << 33))
    else:
        holder[key] = chance.choice(_VALUES)
    return json.dumps(document).encode()


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document that holds a value: the object or list, and the key."""
    waiting = [document]
    while waiting:
        holder = waiting.pop()
        inner = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, value in inner:
            yield holder, key
            if isinstance(value, dict | list):
                waiting.append(value)


CHANGES: Final[tuple[Change, ...]] = (
    _flip, _number, _number, _token, _token, _cut, _truncate, _repeat, _splice, _lines,
    _document, _document, _document, _document, _document, _document,
)  # fmt: skip
