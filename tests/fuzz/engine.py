"""A small coverage-guided fuzzer: inputs that reach new lines are kept and changed further.

What it holds a target to: no exception, a bounded number of lines run and a bounded CPU time for the length
of the input (a regular expression that goes astray counts, too), and bounded memory. Lines are counted by
`sys.settrace`, so that a slow machine finds the same as a fast one.
"""

from __future__ import annotations

import random
import signal
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from tests.fuzz.mutation import MAX_INPUT, mutated

#: Lines of our own code that one input may run, and how many more for each byte of it.
LINES, LINES_A_BYTE = 200_000, 400
CPU_SECONDS = 20.0  # nothing here needs one; a regular expression gone astray never ends
MEMORY, MEMORY_A_BYTE = 48 * 1_048_576, 200
MAX_KEPT = 400

Edge = tuple[CodeType, int, int]


class Astray(BaseException):
    """The input cost more than it may; no `except Exception` of the target takes it for its own."""


@dataclass(frozen=True)
class Target:
    """What is fuzzed: `run` takes any bytes and raises nothing. `seeds`: inputs that make sense to it."""

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


@dataclass
class Coverage:
    """Lines run below `folder`, as edges, and the functions that were entered."""

    folder: str
    edges: set[Edge] = field(default_factory=set)
    entered: set[CodeType] = field(default_factory=set)
    _lines: int = 0
    _allowed: int = 0
    _ours: dict[CodeType, bool] = field(default_factory=dict)

    def run(self, run: Callable[[bytes], object], data: bytes) -> bool:
        """Run `data`; whether it reached anything new. Raises whatever the target raises, or `Astray`."""
        before = len(self.edges)
        self._lines, self._allowed = 0, LINES + LINES_A_BYTE * len(data)
        outer = sys.gettrace()
        with limited_cpu():
            sys.settrace(self._call)
            try:
                run(data)
            finally:
                sys.settrace(outer)
        return len(self.edges) > before

    def _call(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            ours = self._ours[code] = code.co_filename.startswith(self.folder)
        if not ours or event != "call":
            return None
        self.entered.add(code)
        last = 0

        def line(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
            nonlocal last
            if event == "line":
                self.edges.add((code, last, frame.f_lineno))
                last = frame.f_lineno
                self._lines += 1
                if self._lines > self._allowed:
                    raise Astray(f"more than {self._allowed} lines run")
            return line

        return line


@contextmanager
def limited_cpu(seconds: float = CPU_SECONDS) -> Iterator[None]:
    """`Astray` after so much CPU time; regular expressions look at signals, too."""

    def over(*_: object) -> None:
        raise Astray(f"more than {seconds:g} s of CPU time")

    handler = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, handler)


def fuzz(target: Target, coverage: Coverage, chance: random.Random, runs: int) -> int:
    """Run the seeds and `runs` changed inputs; returns how many inputs were worth keeping.

    Raises `AssertionError` that shows the input where the target fails.
    """
    kept = [seed[:MAX_INPUT] for seed in target.seeds] or [b""]
    for seed in kept:
        _checked(target, coverage, seed)
    for _ in range(runs):
        # The newest reach farthest; the others must not be forgotten.
        parent = kept[-1 - int(chance.betavariate(1, 3) * len(kept))]
        data = mutated(parent, chance.choice(kept), chance)
        if _checked(target, coverage, data):
            kept.append(data)
            if len(kept) > MAX_KEPT:
                del kept[len(target.seeds)]
    return len(kept)


def stretched(target: Target, chance: random.Random, size: int = 200_000) -> None:
    """Long inputs of the seeds' pieces, measured for memory and CPU time; raises as `fuzz`."""
    for seed in chance.sample(target.seeds, min(3, len(target.seeds))):
        lines = seed.splitlines(keepends=True) or [b"x"]
        piece = chance.choice(lines) or b"x"
        for data in (piece * (size // len(piece) + 1), seed * (size // max(1, len(seed)) + 1)):
            _measured(target, data[:size])


def _checked(target: Target, coverage: Coverage, data: bytes) -> bool:
    try:
        return coverage.run(target.run, data)
    except (Exception, Astray) as error:
        raise AssertionError(f"{target.name}: {type(error).__name__}: {error}\ninput: {data!r}") from error


def _measured(target: Target, data: bytes) -> None:
    allowed = MEMORY + MEMORY_A_BYTE * len(data)
    tracemalloc.start()
    try:
        with limited_cpu():
            target.run(data)
        _, peak = tracemalloc.get_traced_memory()
    except (Exception, Astray) as error:
        said = f"{target.name}: {type(error).__name__}: {error} at {len(data)} bytes of {data[:200]!r}"
        raise AssertionError(said) from error
    finally:
        tracemalloc.stop()
    assert peak <= allowed, f"{target.name}: {peak} bytes of memory for {len(data)} of {data[:200]!r}"
