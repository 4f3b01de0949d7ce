"""`logix-agent probes`: every probe with its last result, how long it took and how old it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from logix_common.clock import Clock, SystemClock
from logix_common.errors import LogixError

from logix_agent.config import AgentConfig
from logix_agent.texts import _, printable

NEVER: Final = "never"


class NoAgent(LogixError):
    """No agent runs whose probes could be told."""


@dataclass(frozen=True, slots=True)
class Line:
    """One probe; None = it has not run yet."""

    name: str
    result: str  # "ok", "absent", "cannot tell", "never"
    reason: str
    milliseconds: float | None
    age_seconds: float | None


async def look_now(config: AgentConfig, clock: Clock | None = None) -> tuple[list[Line], bool]:
    """One pass over this machine, apart from a running agent; and whether a probe hangs in the kernel."""
    from logix_agent.host.commands import commands_for
    from logix_agent.host.paths import HostPaths
    from logix_agent.watch import Watch

    clock, paths = clock or SystemClock(), HostPaths(config.sysroot)
    watch = Watch(config, paths, commands_for(paths), clock)
    await watch.look()
    for probe in watch.probes.values():
        if probe.last is None:
            await probe.run()
    now = clock.monotonic()
    lines = [
        Line(
            told.name,
            told.result,
            told.reason,
            round(told.seconds * 1_000, 1),
            round(now - told.finished_at, 1),
        )
        for told in watch.told()
    ]
    return lines, watch.stuck


def of_running(config: AgentConfig, clock: Clock | None = None) -> list[Line]:
    """The probes of the running agent, from its status file. Raises `NoAgent`, `OSError`."""
    from logix_agent.host.boot import boot_id
    from logix_agent.link.running import is_running, read_status

    if not is_running(config.state_dir):
        raise NoAgent(_("the agent is not running; --now looks once without it"))
    status = read_status(config.state_dir)
    if status.get("boot_id") != boot_id() or not isinstance(status.get("probes"), list):
        raise NoAgent(_("the agent has not said yet how it stands"))
    now = (clock or SystemClock()).monotonic()
    return [_line(told, now) for told in status["probes"] if isinstance(told, Mapping)]


def _line(told: Mapping[str, Any], now: float) -> Line:
    name, result, reason = (str(told.get(key, "")) for key in ("name", "result", "reason"))
    if result == NEVER:
        return Line(name, result, reason, None, None)
    age = max(0.0, now - float(told.get("finished_boottime_us", 0)) / 1_000_000)
    return Line(name, result, reason, float(told.get("milliseconds", 0.0)), round(age, 1))


def render(lines: Sequence[Line], *, as_json: bool) -> str:
    """As a table for people, or as JSON."""
    if as_json:
        told = [
            {
                "name": line.name,
                "result": line.result,
                "reason": line.reason,
                "milliseconds": line.milliseconds,
                "age_seconds": line.age_seconds,
            }
            for line in lines
        ]
        return json.dumps(told, ensure_ascii=False, indent=1)
    results = {
        "ok": _("ok"),
        "absent": _("absent"),
        "cannot tell": _("cannot tell"),
        NEVER: _("not yet run"),
    }
    rows = [(_("PROBE"), _("RESULT"), _("TOOK"), _("AGE"), "")]
    rows += [
        (
            line.name,
            results.get(line.result, line.result),
            "" if line.milliseconds is None else f"{line.milliseconds:.1f} ms",
            "" if line.age_seconds is None else f"{line.age_seconds:.0f} s",
            line.reason,
        )
        for line in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        printable("  ".join([*map(str.ljust, row[:4], widths), row[4]])).rstrip() for row in rows
    )
