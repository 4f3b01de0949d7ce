"""Disks by `smartctl --json` (smartctl(8), smartmontools 7.0 and later).

`--nocheck=standby` leaves a sleeping disk asleep; nothing can be told of it then.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

from logix_agent.host.commands import CommandResult, Commands
from logix_agent.probes.json_values import documents, list_of
from logix_agent.probes.readings import CannotTell, SmartDisk, SmartReading
from logix_agent.probes.smart_json import MAX_ATTRIBUTES, PLAIN_TYPES, parse

__all__ = ["AT_ONCE", "MAX_ATTRIBUTES", "MAX_DISKS", "parse", "parse_scan", "read", "read_answer"]

MAX_DISKS: Final = 64
AT_ONCE: Final = 8
MAX_SCANNED: Final = 16_384
_DEVICE: Final = re.compile(r"/dev/[A-Za-z0-9][A-Za-z0-9/_.:-]{0,120}\Z")
_TYPE: Final = re.compile(r"[a-z][a-z0-9+,/._-]{0,60}\Z")


async def read(commands: Commands, time_limit: float) -> SmartReading | CannotTell:
    """Every disk that smartctl finds; a disk that cannot be asked is told as such."""
    scan = await commands.run(["smartctl", "--json", "--scan"], time_limit)
    if scan.missing:
        return CannotTell("smartctl is not installed", absent=True)
    devices = parse_scan(scan.stdout)
    if isinstance(devices, CannotTell):
        return devices
    few = asyncio.Semaphore(AT_ONCE)  # one dying disk must not hold up the others

    async def ask(device: str, kind: str) -> SmartDisk:
        argv = ["smartctl", "--json", "--nocheck=standby", "-a"]
        argv += [] if kind in PLAIN_TYPES else ["-d", kind]
        async with few:
            return read_answer(device, kind, await commands.run([*argv, device], time_limit))

    asked = devices[:MAX_DISKS]
    disks = await asyncio.gather(*(ask(device, kind) for device, kind in asked))
    return SmartReading(tuple(disks), len(devices) - len(asked))


def parse_scan(data: bytes) -> list[tuple[str, str]] | CannotTell:
    """Device and type of every disk in the output of `smartctl --scan --json`. Pure."""
    read, broken = documents(data.decode("utf-8", "replace"))
    if broken or len(read) != 1:
        return CannotTell("smartctl --scan gave no JSON")
    found: dict[tuple[str, str], None] = {}
    for entry in list_of(read[0].get("devices"), MAX_SCANNED):
        name, kind = entry.get("name"), entry.get("type", "")
        if isinstance(name, str) and _DEVICE.match(name):
            found[name, kind if isinstance(kind, str) and _TYPE.match(kind) else ""] = None
    return list(found)


def read_answer(device: str, kind: str, answer: CommandResult) -> SmartDisk:
    """The disk as the answer to `smartctl -a` tells it. Pure."""
    slot = device.removeprefix("/dev/") + ("" if kind in PLAIN_TYPES else f" {kind}")
    if answer.timed_out:
        return SmartDisk(device, slot, problem="smartctl did not answer in time")
    if answer.missing:
        return SmartDisk(device, slot, problem="smartctl is not installed")
    if answer.truncated:
        return SmartDisk(device, slot, problem="smartctl gave more output than expected")
    return parse(device, slot, answer.stdout)
