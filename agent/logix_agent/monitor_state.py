"""What the monitor keeps on disk: findings that stand, events not yet handed over, the memory.

One JSON file, replaced as a whole. The standard library writes and reads it: a serialiser of its own
would stay in the resident process for this file alone.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from logix_common.findings import Event, Evidence

from logix_agent.detectors.memory import Memory
from logix_agent.detectors.parts import GONE, KnownPart
from logix_agent.detectors.tracks import State, Track
from logix_agent.facts import FindingEvent, Sighting
from logix_agent.host.durable_files import write_atomically

log = logging.getLogger(__name__)
MAX_BYTES: Final = 16 * 1024 * 1024
VERSION: Final = 1
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Kept:
    """The file's content. `waiting`: events that the spool has not confirmed. `parts`: all that were seen.

    `watched`: seconds that the agent has watched in its life. `window` and `served`: the maintenance window
    last seen, and how long the agent has watched in it.
    """

    state: State = field(default_factory=State)
    waiting: tuple[FindingEvent, ...] = ()
    memory: Memory = field(default_factory=Memory)
    parts: tuple[KnownPart, ...] = ()
    watched: float = 0.0
    window: str = ""
    served: float = 0.0


def encoded(content: Kept) -> bytes:
    """The file's bytes. Pure. Candidates are not kept, a restart counts them anew."""
    state = content.state
    document = {
        "version": VERSION,
        "tracks": [asdict(track) for track in state.tracks.values() if track.is_open],
        "baselines": [[*key, count] for key, count in state.baselines.items()],
        "raised": [[*key, moments] for key, moments in state.raised.items()],
        "waiting": [asdict(event) for event in content.waiting],
        "memory": asdict(content.memory),
        "parts": [asdict(part) for part in content.parts],
        "watched": content.watched,
        "window": content.window,
        "served": content.served,
    }
    return json.dumps(document, default=bytes.hex, separators=(",", ":")).encode()


def decoded(data: bytes) -> Kept:
    """The content of the file's bytes; raises ValueError for anything that `encoded` did not write. Pure."""
    try:
        document = json.loads(data)
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']!r}, expected {VERSION}")
        return Kept(
            state=_state(document),
            waiting=_each(document["waiting"], _event),
            memory=_memory(document["memory"]),
            parts=_each(document.get("parts", []), _part),
            watched=_number(document.get("watched", 0.0)),
            window=_text(document.get("window", "")),
            served=_number(document.get("served", 0.0)),
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"not the monitor's state: {error!r}") from error


def load(path: Path) -> Kept:
    """The state at `path`; an empty one where there is none. A damaged file is set aside."""
    try:
        with path.open("rb") as stream:
            return decoded(stream.read(MAX_BYTES))
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError) as error:
        log.error("%s: cannot be used, starting anew: %s", path, error)
    try:
        path.replace(path.with_suffix(".damaged"))
    except OSError:
        pass
    return Kept()


def save(path: Path, content: Kept) -> None:
    """Replace the file at `path`, durably. Raises OSError."""
    write_atomically(path, encoded(content), mode=0o600)


def _each(values: object, read: Callable[[dict[str, Any]], ItemT]) -> tuple[ItemT, ...]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ValueError("expected a list of objects")
    return tuple(read(value) for value in values)


def _state(document: dict[str, Any]) -> State:
    tracks = _each(document["tracks"], _track)
    return State(
        {(track.sighting.part, track.sighting.code): track for track in tracks},
        {(_text(part), _text(code)): _number(count) for part, code, count in _rows(document, "baselines")},
        {
            (_text(part), _text(code)): tuple(map(_number, moments))
            for part, code, moments in _rows(document, "raised")
        },
    )


def _rows(document: dict[str, Any], name: str) -> list[Any]:
    rows = document.get(name, [])
    if not isinstance(rows, list):
        raise ValueError(f"expected a list, got {rows!r:.40}")
    return rows


def _memory(value: dict[str, Any]) -> Memory:
    return Memory(
        serials=_texts(value["serials"]),
        members={_text(name): _texts(disks) for name, disks in value["members"].items()},
        writable=_texts(value["writable"]),
        notes={_text(name): _texts(notes) for name, notes in value.get("notes", {}).items()},
    )


def _track(value: dict[str, Any]) -> Track:
    sighting = value["sighting"]
    count = sighting.get("count")
    return Track(
        sighting=Sighting(
            **_fault(sighting),
            early=bool(sighting.get("early", False)),
            count=None if count is None else _number(count),
        ),
        seen=int(value["seen"]),
        missed=int(value["missed"]),
        finding_id=_id(value["finding_id"]),
        told_at=_number(value["told_at"]),
        watched=bool(value.get("watched", False)),
        grown_at=_number(value.get("grown_at", 0.0)),
        intermittent=int(value.get("intermittent", 0)),
        turned_at=_number(value.get("turned_at", 0.0)),
        suppressed=bool(value.get("suppressed", False)),
    )


def _event(value: dict[str, Any]) -> FindingEvent:
    watched = bool(value.get("watched", False))
    return FindingEvent(Event(value["event"]), _id(value["finding_id"]), watched=watched, **_fault(value))


def _part(value: dict[str, Any]) -> KnownPart:
    texts = {name: _text(value[name]) for name in ("part", "source", "slot", "serial", "model", "like")}
    if texts["part"].partition(":")[0] not in GONE:
        raise ValueError(f"not a part that can be gone: {texts['part']!r:.40}")
    return KnownPart(**texts, removable=bool(value["removable"]))


def _fault(value: dict[str, Any]) -> dict[str, Any]:
    """What a sighting and an event have in common."""
    texts = ("component", "part", "code", "slot", "serial", "model")
    return {
        **{name: _text(value[name]) for name in texts},
        "severity": int(value["severity"]),
        "evidence": _each(value["evidence"], lambda entry: Evidence(**_texts(entry))),
        "related_parts": tuple(_text(part) for part in value["related_parts"]),
        "urgent": bool(value.get("urgent", False)),
    }


def _id(value: object) -> bytes:
    finding_id = bytes.fromhex(_text(value))
    if len(finding_id) != 16:
        raise ValueError("expected a finding id of 16 bytes")
    return finding_id


def _number(value: object) -> float:
    number = float(value) if isinstance(value, int | float) else math.nan
    if not math.isfinite(number):
        raise ValueError(f"expected a number, got {value!r:.40}")
    return number


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r:.40}")
    return value


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in values.items()}
