"""`logix-agent replay KIND PATH…`: captures judged one by one at first sight, one JSON line each."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, TextIO

from logix_common.errors import LogixError
from logix_common.findings import Component

from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.facts import Sighting
from logix_agent.replay.capture import Replay
from logix_agent.texts import _, printable


class UnknownKind(LogixError):
    """No capture is of such a kind; the message names the nearest one and lists all."""


_AREAS: Final = ("disks", "arrays", "memory", "filesystems", "sensors", "network", "kernel_log")


def _not_judged(path: Path) -> Judgement:
    """What smartctl prints for people differs from version to version; the agent reads its JSON alone."""
    return Judgement(doubts=(Doubt(Component.DISK, "", f"{path.name}: only smartctl's JSON is judged"),))


@cache
def kinds() -> Mapping[str, Replay]:
    """Every kind of capture and what judges it."""
    known: dict[str, Replay] = {"smartctl-text": _not_judged}
    for area in _AREAS:
        name = f"logix_agent.replay.{area}"
        try:
            known |= importlib.import_module(name).KINDS
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    return dict(sorted(known.items()))


def run(kind: str, paths: Iterable[str], out: TextIO, problems: TextIO) -> int:
    """Answer every path on `out`, each as soon as it is judged; why one could not be read on `problems`.

    Returns 0. Raises `UnknownKind` for a kind that is not known, before anything is answered.
    """
    replay = kinds().get(kind)
    if replay is None:
        raise UnknownKind(_unknown(kind))
    for path in paths:
        judgement, problem = judged(replay, path)
        if problem:
            problems.write(f"logix-agent: {printable(path)}: {printable(problem)}\n")
        out.write(json.dumps(answer(path, judgement)) + "\n")
        out.flush()
    return 0


def judged(replay: Replay, path: str) -> tuple[Judgement, str]:
    """The judgement on a path and "", or an empty one and why there is none. Never raises."""
    try:
        return replay(Path(path)), ""
    except OSError as error:
        return Judgement(), error.strerror or type(error).__name__
    except Exception as error:  # one capture must not keep the others from being answered
        return Judgement(), f"judging failed ({type(error).__name__}: {error})"


def answer(path: str, judgement: Judgement) -> dict[str, Any]:
    """The line on one path, verbatim as it was given. Pure.

    Faulty: there is a finding. Healthy: something was judged sound, and of what is there nothing is in doubt.
    """
    findings = sorted(judgement.sightings, key=lambda seen: (seen.severity, seen.part, seen.code))
    certain = judgement.healthy and all(doubt.absent for doubt in judgement.doubts)
    return {
        "path": path,
        "verdict": "faulty" if findings else "healthy" if certain else "unknown",
        "findings": [_finding(seen) for seen in findings],
    }


def _finding(seen: Sighting) -> dict[str, Any]:
    return {
        "component": str(seen.component),
        "part": named(seen),
        "code": seen.code,
        "level": int(seen.severity),
        "evidence": [asdict(entry) for entry in seen.evidence],
    }


def named(seen: Sighting) -> str:
    """The part with its slot and serial, so that it can be ordered and found. Pure."""
    more = [
        f"{word} {text}"
        for word, text in (("slot", seen.slot), ("serial", seen.serial))
        if text and text not in seen.part
    ]
    return f"{seen.part} ({', '.join(more)})" if more else seen.part


def _unknown(kind: str) -> str:
    near = get_close_matches(kind, kinds(), n=1, cutoff=0.5)
    said = _("no kind of capture is called {kind!r}").format(kind=kind)
    if near:
        said += "; " + _("did you mean {kind!r}?").format(kind=near[0])
    return f"{said}\n" + _("Kinds: {kinds}").format(kinds=", ".join(kinds()))


def main(kind: str, paths: Iterable[str]) -> int:
    """The command on this process's streams."""
    return run(kind, paths, sys.stdout, sys.stderr)
