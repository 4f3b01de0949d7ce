"""What the monitor keeps on disk: findings that stand, events not yet handed over, the memory.

One JSON file, replaced as a whole (write, fsync, rename, fsync of the folder).
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

from logix_agent.detectors.hysteresis import Key, State, Track
from logix_agent.detectors.memory import Memory
from logix_agent.facts import FindingEvent

log = logging.getLogger(__name__)
MAX_BYTES = 16 * 1024 * 1024


class Kept(msgspec.Struct, frozen=True):
    """The file's content. `waiting`: events that the spool has not confirmed."""

    version: int = 1
    tracks: tuple[Track, ...] = ()
    waiting: tuple[FindingEvent, ...] = ()
    memory: Memory = Memory()

    def state(self) -> dict[Key, Track]:
        """The tracks by their keys."""
        return {(track.sighting.part, track.sighting.code): track for track in self.tracks}


def kept(state: State, waiting: tuple[FindingEvent, ...], memory: Memory) -> Kept:
    """What to write: candidates are not kept, a restart counts them anew."""
    return Kept(
        tracks=tuple(track for track in state.values() if track.is_open), waiting=waiting, memory=memory
    )


def load(path: Path) -> Kept:
    """The state at `path`; an empty one where there is none. A damaged file is set aside."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES)
        return msgspec.json.decode(data, type=Kept)
    except FileNotFoundError:
        return Kept()
    except (OSError, msgspec.DecodeError, ValueError) as error:
        log.error("%s: cannot be used, starting anew: %s", path, error)
    try:
        path.replace(path.with_suffix(".damaged"))
    except OSError:
        pass
    return Kept()


def save(path: Path, content: Kept) -> None:
    """Replace the file at `path`, durably. Raises OSError."""
    waiting = path.with_suffix(".new")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.encode(content))
        stream.flush()
        os.fsync(stream.fileno())
    waiting.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
