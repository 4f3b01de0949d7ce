"""What the monitor keeps on disk: findings that stand, events not yet handed over, the memory.

One JSON file, replaced as a whole. The standard library writes and reads it: a serialiser of its own
would stay in the resident process for this file alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from logix_common.findings import Event, Evidence

from logix_agent.detectors.hysteresis import Key, State, Track
from logix_agent.detectors.memory import Memory
from logix_agent.facts import FindingEvent, Sighting
from logix_agent.host.durable_files import write_atomically

log = logging.getLogger(__name__)
MAX_BYTES: Final = 16 * 1024 * 1024
VERSION: Final = 1
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Kept:
    """The file's content. `waiting`: events that the spool has not confirmed."""

    tracks: tuple[Track, ...] = ()
    waiting: tuple[FindingEvent, ...] = ()
    memory: Memory = field(default_factory=Memory)

    def state(self) -> dict[Key, Track]:
        """The tracks by their keys."""
        return {(track.sighting.part, track.sighting.code): track for track in self.tracks}


def kept(state: State, waiting: tuple[FindingEvent, ...], memory: Memory) -> Kept:
    """What to write: candidates are not kept, a restart counts them anew."""
    return Kept(tuple(track for track in state.values() if track.is_open), waiting, memory)


def encoded(content: Kept) -> bytes:
    """The file's bytes. Pure."""
    document = {
        "version": VERSION,
        "tracks": [asdict(track) for track in content.tracks],
        "waiting": [asdict(event) for event in content.waiting],
        "memory": asdict(content.memory),
    }
    return json.dumps(document, default=bytes.hex, separators=(",", ":")).encode()


def decoded(data: bytes) -> Kept:
    """The content of the file's bytes; raises ValueError for anything that `encoded` did not write. Pure."""
    try:
        document = json.loads(data)
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']!r}, expected {VERSION}")
        return Kept(
            _each(document["tracks"], _track),
            _each(document["waiting"], _event),
            Memory(
                serials=_texts(document["memory"]["serials"]),
                members={_text(name): _texts(disks) for name, disks in document["memory"]["members"].items()},
                writable=_texts(document["memory"]["writable"]),
                notes={
                    _text(name): _texts(notes) for name, notes in document["memory"].get("notes", {}).items()
                },
            ),
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


def _track(value: dict[str, Any]) -> Track:
    return Track(
        sighting=Sighting(**_fault(value["sighting"])),
        seen=int(value["seen"]),
        missed=int(value["missed"]),
        finding_id=_id(value["finding_id"]),
        told_at=float(value["told_at"]),
    )


def _event(value: dict[str, Any]) -> FindingEvent:
    return FindingEvent(Event(value["event"]), _id(value["finding_id"]), **_fault(value))


def _fault(value: dict[str, Any]) -> dict[str, Any]:
    """What a sighting and an event have in common."""
    texts = ("component", "part", "code", "slot", "serial", "model")
    return {
        **{name: _text(value[name]) for name in texts},
        "severity": int(value["severity"]),
        "evidence": _each(value["evidence"], lambda entry: Evidence(**_texts(entry))),
        "related_parts": tuple(_text(part) for part in value["related_parts"]),
    }


def _id(value: object) -> bytes:
    finding_id = bytes.fromhex(_text(value))
    if len(finding_id) != 16:
        raise ValueError("expected a finding id of 16 bytes")
    return finding_id


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r:.40}")
    return value


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in values.items()}
