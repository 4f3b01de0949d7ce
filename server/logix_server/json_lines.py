"""Questions as JSON lines, answered one by one: each line comes back, in order, with its answer added.

RFC 8259 without what it warns of: a key given twice, and numbers that no double holds, are refused, and
so are NaN and Infinity, which are no JSON.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, Final

from logix_common.errors import InvalidInput

#: Longer lines are refused without being held in memory.
MAX_LINE_BYTES: Final = 1_048_576
_BOM: Final = b"\xef\xbb\xbf"
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def answer_lines(questions: IO[bytes], answers: IO[bytes], answer: Answer, added: frozenset[str]) -> int:
    """Answer every line as it comes; returns how many were bad.

    `answer` gives the keys to add to a line (`added` names them) or raises `InvalidInput`; a bad line is
    written back with "error" in their place, where it was an object at all. Blank lines are passed over.
    """
    bad = 0
    for line in _lines(questions):
        told: Mapping[str, Any] = {}
        try:
            told = _object(line)
            kept = {key: value for key, value in told.items() if key != "error"}
            written = {**kept, **answer(told)}
        except InvalidInput as error:
            bad += 1
            written = {key: value for key, value in told.items() if key not in added} | {"error": str(error)}
        answers.write(_text(written))
        answers.flush()  # who asks line by line waits for each answer
    return bad


def _lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Every line that is not blank; None for one that is too long."""
    first = True
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if first:
            line, first = line.removeprefix(_BOM), False
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            _skip_rest(stream)
            yield None
        elif line.strip():
            yield line


def _skip_rest(stream: IO[bytes]) -> None:
    while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass


def _object(line: bytes | None) -> Mapping[str, Any]:
    """The JSON object of a line. Raises `InvalidInput`."""
    if line is None:
        raise InvalidInput("line", f"expected at most {MAX_LINE_BYTES} bytes")
    try:
        told = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise InvalidInput("line", f"expected UTF-8; byte {error.start + 1} is not") from error
    except json.JSONDecodeError as error:
        raise InvalidInput("line", f"expected a JSON object; {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise InvalidInput("line", "expected a JSON object; this one is nested too deeply") from error
    except ValueError as error:  # an integer of thousands of digits
        raise InvalidInput("line", "expected a JSON object; a number in it is too long") from error
    if not isinstance(told, dict):
        raise InvalidInput("line", "expected a JSON object")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise InvalidInput(twice, "expected each key once; it is given twice")
    return told


def _no_constant(name: str) -> Any:
    raise InvalidInput("line", f"expected a JSON object; {name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidInput("line", f"expected a JSON object; the number {text[:20]} is too large")
    return number


def _text(told: Mapping[str, Any]) -> bytes:
    try:
        return (json.dumps(told, ensure_ascii=False) + "\n").encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can say
        return (json.dumps(told) + "\n").encode("ascii")
