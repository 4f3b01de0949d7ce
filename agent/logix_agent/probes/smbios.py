"""What the firmware's tables (SMBIOS, DMTF DSP0134) say of parts that can fail, as dmidecode prints them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import FirmwareReading, FirmwareStatus, FittedModule

MAX_PARTS: Final = 256
MAX_TEXT: Final = 4 * 1024 * 1024
_HANDLE: Final = re.compile(r"Handle 0x[0-9A-Fa-f]{1,8}, DMI type ([0-9]{1,3}), [0-9]{1,5} bytes")
#: By structure type (DSP0134, section 7).
_KINDS: Final = {
    3: "chassis",
    17: "module",
    18: "memory",
    33: "memory",
    26: "voltage",
    27: "fan",
    28: "temperature",
    39: "psu",
}
_STATUSES: Final = {
    "ok": "ok",
    "safe": "ok",
    "non-critical": "non-critical",
    "warning": "non-critical",
    "critical": "critical",
    "non-recoverable": "non-recoverable",
}
_UNSET: Final = re.compile(
    r"not specified|to be filled|unknown|none|default string|n/a|\.*\Z|x*\Z", re.IGNORECASE
)
_NO_SERIAL: Final = re.compile(r"no dimm|no module|0*\Z", re.IGNORECASE)
_FITTED: Final = re.compile(r"[0-9]{1,9} [KMGT]?i?B\b")  # an empty socket: "No Module Installed"


async def read(commands: Commands, limit: float) -> FirmwareReading | CannotTell:
    """The firmware's view; absent where dmidecode is not installed."""
    result = await commands.run(("dmidecode", "--type", "39", "--type", "17"), limit)
    if result.missing:
        return CannotTell("dmidecode: not installed", absent=True)
    if result.timed_out:
        return CannotTell(f"dmidecode: no answer within {limit:g} s")
    return parse(result.stdout.decode("utf-8", "replace"))


def parse(text: str) -> FirmwareReading | CannotTell:
    """The parts with a status, and the memory modules; "absent" where the tables name none."""
    parts: list[FirmwareStatus] = []
    modules: list[FittedModule] = []
    fields: dict[str, str] = {}
    kind, handle, structures = "", "", 0
    for line in [*text[:MAX_TEXT].splitlines(), "Handle 0x0, DMI type 127, 4 bytes"]:
        match = _HANDLE.match(line.strip()[:200])
        if match:
            parts += _parts(kind, fields, handle)
            modules += _modules(kind, fields, handle)
            number = int(match.group(1))
            kind, fields, handle = _KINDS.get(number, ""), {}, line.strip()[:80]
            structures += number != 127
        elif kind and ":" in line and len(fields) < 64:
            name, _, said = line.partition(":")
            fields.setdefault(name.strip().lower()[:64], clean(said, 128))
        if len(parts) + len(modules) >= MAX_PARTS:
            break
    if not structures:
        return CannotTell(
            clean(next((line for line in text[:10_000].splitlines() if line.strip()), "empty"), 160)
        )
    if not parts and not modules:
        return CannotTell("the firmware names no part with a status", absent=True)
    return FirmwareReading(tuple(parts[:MAX_PARTS]), tuple(modules[:MAX_PARTS]))


def _parts(kind: str, fields: Mapping[str, str], handle: str) -> list[FirmwareStatus]:
    if kind == "psu":
        return [_supply(fields, handle)]
    if kind == "chassis":
        return [
            FirmwareStatus(
                f"chassis-{what}",
                "chassis",
                _STATUSES.get(fields[name].lower(), ""),
                line=f"{name}: {fields[name]}",
            )
            for what, name in (("psu", "power supply state"), ("temperature", "thermal state"))
            if name in fields
        ]
    if kind == "memory" and "type" in fields:
        return [
            FirmwareStatus(
                "memory", handle.partition(",")[0], fields["type"].lower(), line=f"Type: {fields['type']}"
            )
        ]
    if kind in ("voltage", "fan", "temperature") and "status" in fields:
        name = fields.get("description") or fields.get("location") or handle.partition(",")[0]
        line = f"Status: {fields['status']}"
        return [FirmwareStatus(kind, name, _STATUSES.get(fields["status"].lower(), ""), line=line)]
    return []


def _modules(kind: str, fields: Mapping[str, str], handle: str) -> list[FittedModule]:
    """Type 17, where a module is fitted and says which it is."""
    locator, serial = _told(fields, "locator"), _told(fields, "serial number")
    if (
        kind != "module"
        or not locator
        or _NO_SERIAL.match(serial)
        or not _FITTED.match(fields.get("size", ""))
    ):
        return []
    bank, model = _told(fields, "bank locator"), _told(fields, "part number")
    return [FittedModule(handle.partition(",")[0].removeprefix("Handle "), locator, bank, serial, model)]


def _supply(fields: Mapping[str, str], handle: str) -> FirmwareStatus:
    """Type 39: "Status: Present, Critical"."""
    status, plugged = fields.get("status", "").lower(), fields.get("plugged", "").lower()
    present, _, health = status.partition(",")
    place = _told(fields, "location") or _told(fields, "name") or "supply"
    return FirmwareStatus(
        "psu",
        f"{place} {handle.partition(',')[0].removeprefix('Handle ')}",
        _STATUSES.get(health.strip(), ""),
        present.strip() == "present",
        {"yes": True, "no": False}.get(plugged),
        _told(fields, "serial number"),
        _told(fields, "model part number"),
        f"Status: {fields.get('status', '')}, Plugged: {fields.get('plugged', '')}",
    )


def _told(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "")
    return "" if _UNSET.match(value) else value
