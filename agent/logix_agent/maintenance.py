"""Maintenance windows: `logix-agent maintenance` opens one, the resident agent keeps findings back in it.

A window ends by the boot clock and by the seconds that the agent has watched in it, whichever is first;
after a reboot, which the boot clock does not outlive, by the wall clock, too. A clock that was put back
can make none longer.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from logix_common.clock import Clock, to_microseconds

from logix_agent.host.durable_files import sync_folder, write_atomically

FILE: Final = "maintenance.json"
MAX_SECONDS: Final = 86_400.0
MAX_WHY: Final = 200
_MAX_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True)
class Window:
    """One maintenance window; `key` tells it from any other."""

    key: str
    seconds: float
    why: str
    by: str
    began_us: int  # by the wall clock
    boot_id: str
    boottime: float

    def left(self, wall_us: int, boot_id: str, boottime: float, served: float) -> float:
        """Seconds left, 0 when it is over; `served`: seconds that the agent has watched in it. Pure."""
        gone = [served]
        if boot_id == self.boot_id:
            gone.append(boottime - self.boottime)
        else:  # it began before this boot did
            gone += [boottime, (wall_us - self.began_us) / 1_000_000]
        return max(0.0, min(self.seconds, MAX_SECONDS) - max(0.0, *gone))


def opened(seconds: float, why: str, by: str, clock: Clock, boot_id: str) -> Window:
    """A window from now on."""
    return Window(
        key=os.urandom(8).hex(),
        seconds=min(seconds, MAX_SECONDS),
        why=why[:MAX_WHY],
        by=by[:64],
        began_us=to_microseconds(clock.now()),
        boot_id=boot_id,
        boottime=clock.monotonic(),
    )


def decoded(data: bytes) -> Window:
    """The window that the file's bytes tell; `ValueError` for anything else. Pure."""
    try:
        document: dict[str, Any] = json.loads(data)
        window = Window(**document)
        texts = (window.key, window.why, window.by, window.boot_id)
        numbers = (window.seconds, window.began_us, window.boottime)
        sound = all(isinstance(text, str) for text in texts) and all(
            isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < 1e18
            for number in numbers
        )
    except (TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"not a maintenance window: {error!r}") from error
    if not sound:
        raise ValueError("not a maintenance window")
    return replace(window, seconds=min(float(window.seconds), MAX_SECONDS))


def read(state_dir: Path) -> Window | None:
    """The window that is on file, over or not; None where there is none or it says nothing."""
    try:
        with (state_dir / FILE).open("rb") as stream:
            return decoded(stream.read(_MAX_BYTES))
    except (FileNotFoundError, ValueError):
        return None


def write(state_dir: Path, window: Window) -> None:
    """Put a window on file; raises `OSError`."""
    write_atomically(state_dir / FILE, json.dumps(asdict(window)).encode(), 0o640)


def remove(state_dir: Path) -> bool:
    """Take the window off file; whether there was one. Raises `OSError`."""
    try:
        (state_dir / FILE).unlink()
    except FileNotFoundError:
        return False
    sync_folder(state_dir)
    return True
