"""JSON that tools print, read without trust: any text in, whole documents and plain values out. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from logix_agent.probes.readings import clean

MAX_DOCUMENTS: Final = 256
MAX_COUNT: Final = 2**128
#: A document begins at the start of a line, or right after another one; tools print warnings before it.
_BEGIN: Final = re.compile(r"^[ \t]*(?=[{\[])", re.MULTILINE)
_BETWEEN: Final = re.compile(r"[\s,\ufeff]*")
_NUMBER: Final = re.compile(r"[0-9]{1,39}(?:\.0{1,6})?\Z")


def documents(text: str) -> tuple[list[dict[str, Any]], bool]:
    """Every JSON object in `text`, one after another or in lists, and whether something broken follows.

    A list counts for what it holds. At most `MAX_DOCUMENTS`; never raises.
    """
    # A disk may put anything into its names: strict would refuse the whole for one control character.
    decoder = json.JSONDecoder(strict=False)
    found: list[dict[str, Any]] = []
    start = _next(text, 0)
    while start is not None and len(found) < MAX_DOCUMENTS:
        try:
            document, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return found, True
        found += [one for one in (document if isinstance(document, list) else [document]) if dict_of(one)]
        start = _next(text, end)
    return found[:MAX_DOCUMENTS], False


def _next(text: str, position: int) -> int | None:
    between = _BETWEEN.match(text, position)
    position = between.end() if between else position
    if text[position : position + 1] in ("{", "["):
        return position
    begin = _BEGIN.search(text, position)
    return begin.end() if begin else None


def dict_of(value: object) -> dict[str, Any]:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object, limit: int) -> list[dict[str, Any]]:
    """The objects among the first `limit` of `value` where it is a list, else none."""
    return [one for one in value[:limit] if isinstance(one, dict)] if isinstance(value, list) else []


def count_of(value: object) -> int | None:
    """A whole number that is a count: a number, one that was written as a float or text, or a wrapped one."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", "") if len(value) < 64 else ""
        return int(value.partition(".")[0]) if _NUMBER.match(value) and value.isascii() else None
    if isinstance(value, float):
        value = int(value) if 0 <= value < MAX_COUNT and value.is_integer() else None
    if not isinstance(value, int):
        return None
    return value if 0 <= value < MAX_COUNT else None


def whole_of(value: object) -> int | None:
    """A whole number of either sign, such as a temperature."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < MAX_COUNT else None


def text_of(value: object, limit: int = 128) -> str:
    """One bounded line, of a text or of an object that wraps it as `string`."""
    return clean(value.get("string") if isinstance(value, dict) else value, limit)
