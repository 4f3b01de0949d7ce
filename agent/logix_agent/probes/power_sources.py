"""Supplies, batteries and UPSes that tell their own state: /sys/class/power_supply, and NUT's `upsc`.

Reference: kernel ABI/testing/sysfs-class-power; NUT developer guide, "Status data" and "Variables".
"""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import PowerReading, PowerSource

POWER_SUPPLIES: Final = "/sys/class/power_supply"
MAX_SOURCES: Final = 32
MAX_LINES: Final = 2_000
_KINDS: Final = {"mains": "mains", "battery": "battery", "ups": "ups"}


def read(paths: HostPaths) -> PowerReading | CannotTell:
    """What the kernel knows; peripherals' batteries (a mouse) are left out."""
    names = paths.names(POWER_SUPPLIES, MAX_SOURCES)
    if not names:
        return CannotTell(f"{POWER_SUPPLIES}: none", absent=True)
    sources = []
    for name in names:
        folder = f"{POWER_SUPPLIES}/{name}"
        kind = _KINDS.get(paths.line(f"{folder}/type").lower())
        if (
            kind is None
            or paths.line(f"{folder}/scope").lower() == "device"
            or paths.line(f"{folder}/present") == "0"
        ):
            continue
        online = paths.line(f"{folder}/online")
        status = paths.line(f"{folder}/status").lower()
        sources.append(
            PowerSource(
                clean(name, 64),
                kind,
                online == "1" if online in ("0", "1", "2") else None,
                clean(paths.line(f"{folder}/health").lower(), 48),
                frozenset({"OB"}) if kind == "ups" and status == "discharging" else frozenset(),
                _percent(paths.line(f"{folder}/capacity")),
                serial=clean(paths.line(f"{folder}/serial_number"), 64),
                model=clean(paths.line(f"{folder}/model_name"), 64),
                source=folder,
            )
        )
    return PowerReading(tuple(sources)) if sources else CannotTell(f"{POWER_SUPPLIES}: none", absent=True)


async def read_ups(commands: Commands, limit: float) -> PowerReading | CannotTell:
    """Every UPS that NUT on this machine knows; absent where it is not installed or has none."""
    listed = await commands.run(("upsc", "-l"), limit)
    if listed.missing:
        return CannotTell("upsc: not installed", absent=True)
    names = [clean(line, 64) for line in listed.stdout.decode("utf-8", "replace").splitlines()[:MAX_SOURCES]]
    names = [name for name in names if re.match(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z", name)]
    if not names:
        return CannotTell("upsc: no UPS", absent=True)
    found: list[PowerSource] = []
    problems: list[tuple[str, str]] = []
    for name in names:
        answer = await commands.run(("upsc", name), limit)
        reading = parse_upsc(answer.stdout.decode("utf-8", "replace"), name)
        if isinstance(reading, CannotTell):
            problems.append((name, reading.reason))
        else:
            found += reading.sources
    return PowerReading(tuple(found), tuple(problems))


def parse_upsc(text: str, name: str = "ups") -> PowerReading | CannotTell:
    """What `upsc NAME` prints of one UPS: "variable: value" lines."""
    values: dict[str, str] = {}
    for line in text[: MAX_LINES * 400].splitlines()[:MAX_LINES]:
        match = re.match(r"([a-z0-9_.]{1,64}):\s?(.{0,300})", line.strip())
        if match and "." in match.group(1):
            values.setdefault(match.group(1), clean(match.group(2), 128))
    if "ups.status" not in values:
        return CannotTell(clean(text.strip()[:400], 160) or f"{name}: no answer")
    serial = values.get("ups.serial") or values.get("device.serial", "")
    source = PowerSource(
        clean(name, 64),
        "ups",
        flags=frozenset(values["ups.status"].upper().split()[:16]),
        charge=_percent(values.get("battery.charge", "")),
        tested=values.get("ups.test.result", ""),
        alarm=values.get("ups.alarm", ""),
        serial="" if re.match(r"[0 ]*\Z|unknown", serial, re.IGNORECASE) else serial,
        model=values.get("ups.model") or values.get("device.model", ""),
        source="upsc",
    )
    return PowerReading((source,))


def _percent(text: str) -> float | None:
    match = re.match(r"[0-9]{1,3}(?:\.[0-9]{1,3})?\Z", text)
    return float(match.group()) if match else None
