"""`logix-agent status`: what the running agent last wrote about itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from logix_common.clock import Clock, SystemClock, from_microseconds
from logix_common.findings import title_of

from logix_agent.host.boot import boot_id
from logix_agent.link.running import STATUS_AT_LEAST, age_of, is_running, read_status
from logix_agent.texts import _, language, printable

#: An agent that wrote nothing for so long hangs, or its disk does.
STALE_SECONDS: Final = 3 * STATUS_AT_LEAST


def run(state_dir: Path, *, as_json: bool, clock: Clock | None = None) -> int:
    """Print it; 0 when the agent runs, is connected and has said so lately, else 1. Raises `OSError`."""
    running, status = is_running(state_dir), read_status(state_dir)
    age = age_of(status, boot_id(), clock or SystemClock())
    stale = age is None or age > STALE_SECONDS
    connected = running and not stale and bool(status.get("connected"))
    if as_json:
        told = {**status, "running": running, "connected": connected, "age_seconds": age, "stale": stale}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(map(printable, lines(running, status, stale=stale))) + "\n")
    return 0 if connected else 1


def lines(running: bool, status: dict[str, Any], *, stale: bool = False) -> list[str]:
    """The status for a person. Pure but for the language and time zone of the environment."""
    said = _running(status, stale) if running else _not_running(status)
    if not status:
        return said
    connected = _("connected since {when}") if status.get("connected") else _("not connected since {when}")
    rows = [
        (_("Server"), connected.format(when=_moment(status.get("since_us")))),
        (_("Device"), str(status.get("device_id", ""))),
        (_("Last acknowledged"), _moment(status.get("last_acknowledged_us"))),
        (_("Certificate valid until"), _moment(status.get("certificate_not_after_us"))),
        (_("Waiting in the spool"), _("{bytes} bytes").format(bytes=status.get("spool_bytes", 0))),
    ]
    if status.get("in_memory"):
        rows.append((_("Waiting in memory"), str(status["in_memory"])))
    if status.get("spool_problem"):
        rows.append((_("Spool"), str(status["spool_problem"])))
    if status.get("last_error"):
        rows.append((_("Last error"), str(status["last_error"])))
        rows.append((_("Next try"), _moment(status.get("next_try_us"))))
    width = max(len(name) for name, _value in rows)
    said += [f"{name + ':':<{width + 1}} {value}" for name, value in rows]
    said += _findings(status.get("findings")) or [_("No findings.")]
    said += _findings(status.get("watched"), _("Watched (old history, raised when it grows):"))
    said += _maintenance(status.get("maintenance"))
    said += _findings(status.get("suppressed"), _("Suppressed until the maintenance ends:"))
    told = status.get("cannot_tell") or []
    if told:
        said.append(_("Cannot tell: {what}").format(what=", ".join(map(str, told))))
    return said


def _maintenance(window: object) -> list[str]:
    if not isinstance(window, dict):
        return []
    hours = _("{hours:g} h").format(hours=float(window.get("seconds") or 0) / 3_600)
    began = _moment(window.get("began_us"))
    said = _("Maintenance since {when}, for {hours}: {why}")
    return [said.format(when=began, hours=hours, why=window.get("why", ""))]


def _running(status: dict[str, Any], stale: bool) -> list[str]:
    said = [_("The agent is running.")]
    if not status:
        said.append(_("It has not said yet how it stands."))
    elif stale:
        old = _("Its figures are old ({when}): it has just started, it hangs, or its disk takes no file.")
        said.append(old.format(when=_moment(status.get("written_us"))))
    return said


def _not_running(status: dict[str, Any]) -> list[str]:
    said = [_("The agent is not running.")]
    if status:
        said.append(_("What it last wrote ({when}):").format(when=_moment(status.get("written_us"))))
    return said


def _findings(findings: object, heading: str = "") -> list[str]:
    if not isinstance(findings, list) or not findings:
        return []
    said = [heading or _("Findings:")]
    for finding in findings:
        if isinstance(finding, dict):
            title = title_of(str(finding.get("code", "")), language())
            said.append(f"  {finding.get('severity', '?')}  {finding.get('part', '')}: {title}")
    return said


def _moment(us: object) -> str:
    if not isinstance(us, int) or us <= 0:
        return _("never")
    moment = from_microseconds(us)
    try:
        # As the support desk shows times, whatever zone the appliance is set to.
        moment = moment.astimezone(ZoneInfo("Europe/Istanbul"))
    except (OverflowError, ZoneInfoNotFoundError):  # the year 9999; an appliance without zones
        pass
    return moment.strftime("%d.%m.%Y %H:%M:%S %Z")
