"""`logix-agent maintenance start | stop | status`: a time in which findings are expected."""

from __future__ import annotations

import json
import os
import pwd
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from logix_common.clock import Clock, SystemClock, to_microseconds
from logix_common.errors import LogixError

from logix_agent import maintenance
from logix_agent.host.boot import boot_id
from logix_agent.maintenance import MAX_SECONDS, MAX_WHY, Window
from logix_agent.texts import _, printable

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Unusable(LogixError):
    """What was given as a duration or a reason is none."""


def duration(text: str) -> float:
    """Seconds of "90m", "2h" or "1h30m", from a minute to 24 hours. Raises `Unusable`."""
    pieces = re.findall(r"([0-9]{1,6})([smhd])", text)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in pieces)
    if "".join(number + unit for number, unit in pieces) != text or not 60 <= seconds <= MAX_SECONDS:
        said = _("expected a time from 1m to 24h, such as 90m or 2h, got {text!r}")
        raise Unusable(said.format(text=text))
    return float(seconds)


def start(state_dir: Path, seconds: float, why: str, clock: Clock | None = None) -> int:
    """Open a window from now on, in place of one that lasts. Raises `OSError`, `Unusable`."""
    clock = clock or SystemClock()
    why = printable(" ".join(why.split()))[:MAX_WHY]
    if not why:
        raise Unusable(_("say why: the support desk reads it"))
    maintenance.write(state_dir, maintenance.opened(seconds, why, _operator(), clock, boot_id()))
    said = _(
        "Maintenance for {hours:g} h: what comes up is suppressed, what still stands at its end is raised."
    )
    sys.stdout.write(said.format(hours=seconds / 3_600) + "\n")
    return 0


def stop(state_dir: Path, clock: Clock | None = None) -> int:
    """End the window at once; 1 where none lasts. Raises `OSError`."""
    lasts = left(state_dir, clock or SystemClock())[1] > 0
    maintenance.remove(state_dir)
    sys.stdout.write((_("Maintenance is over.") if lasts else _("No maintenance lasts.")) + "\n")
    return 0 if lasts else 1


def status(state_dir: Path, *, as_json: bool, clock: Clock | None = None) -> int:
    """Say whether a window lasts: 0 yes, 1 no. Raises `OSError`."""
    window, seconds = left(state_dir, clock or SystemClock())
    lasts = window is not None and seconds > 0
    if as_json:
        told: dict[str, Any] = {"lasts": lasts, "seconds_left": round(seconds), "window": None}
        if window is not None and lasts:
            told["window"] = asdict(window)
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    elif window is not None and lasts:
        said = _("Maintenance for another {minutes:.0f} min, by {by}: {why}")
        line = said.format(minutes=max(1.0, seconds / 60), by=window.by, why=window.why)
        sys.stdout.write(printable(line) + "\n")
    else:
        sys.stdout.write(_("No maintenance lasts.") + "\n")
    return 0 if lasts else 1


def left(state_dir: Path, clock: Clock) -> tuple[Window | None, float]:
    """The window on file and the seconds left of it, by the clocks; the agent may know that it is over."""
    window = maintenance.read(state_dir)
    if window is None:
        return None, 0.0
    return window, window.left(to_microseconds(clock.now()), boot_id(), clock.monotonic(), 0.0)


def _operator() -> str:
    """Who asks: the person behind sudo, else the user of the process."""
    try:
        return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
