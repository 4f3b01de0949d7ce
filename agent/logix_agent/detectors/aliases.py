"""One name for a part that sources call differently, where they leave no doubt that it is one part. Pure.

- What the controller's log tells of a sensor is the sensor's: `fan:bmc-log/FAN1` is `fan:bmc/FAN1`.
- What the kernel's log tells of a memory module by its label is EDAC's module of that label and controller;
  what it tells of a whole controller is the controller's; where it names no place at all and EDAC finds one
  module bad, that one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from logix_agent.detectors.judgement import Judgement

_LOGGED: Final = re.compile(r"([a-z]{1,16}):bmc-log/(.+)\Z")
_MODULE: Final = re.compile(r"dimm:MC(\d{1,3})(?:/(.+))?\Z")
UNKNOWN_MODULE: Final = "dimm:unknown"


def applied(verdicts: Mapping[str, Judgement]) -> dict[str, Judgement]:
    """The verdicts by source, with the names that the sources of states give."""
    after = dict(verdicts)
    for log, state, rename in (
        ("ipmi-sel", "ipmi-sensors", _of_controller),
        ("kernel-log", "edac", _of_memory),
    ):
        if log in after and state in after:
            after[log] = _renamed(after[log], rename(after[state]))
    return after


def _renamed(verdict: Judgement, rename: Callable[[str], str]) -> Judgement:
    return replace(
        verdict,
        sightings=tuple(replace(seen, part=rename(seen.part)) for seen in verdict.sightings),
        healthy=frozenset((rename(part), code) for part, code in verdict.healthy),
    )


def _of_controller(sensors: Judgement) -> Callable[[str], str]:
    known = {fact.part for fact in sensors.parts}

    def rename(part: str) -> str:
        found = _LOGGED.match(part)
        name = f"{found.group(1)}:bmc/{found.group(2)}" if found else part
        return name if name in known else part

    return rename


def _of_memory(counted: Judgement) -> Callable[[str], str]:
    known = {fact.part for fact in counted.parts}
    labels: dict[tuple[str, str], set[str]] = {}
    for fact in counted.parts:
        controller = fact.part.partition(":")[2].partition("/")[0]
        labels.setdefault((controller, fact.slot), set()).add(fact.part)
    bad = {seen.part for seen in counted.sightings if seen.part.startswith("dimm:")}

    def rename(part: str) -> str:
        found = _MODULE.match(part)
        if part == UNKNOWN_MODULE and len(bad) == 1:
            return next(iter(bad))
        if found is None:
            return part
        controller, label = f"mc{found.group(1)}", found.group(2)
        if label is None:
            whole = f"memory:{controller}"
            return whole if whole in known else part
        named = labels.get((controller, label), set())
        return next(iter(named)) if len(named) == 1 else part

    return rename
