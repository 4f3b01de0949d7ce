"""ZFS pools by `zpool status` (zpool-status(8), zpoolconcepts(7)); by the kernel's own word where there is no
such program: /proc/spl/kstat/zfs/POOL/state.
"""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes.pool_readings import Pool, PoolDevice, PoolReading
from logix_agent.probes.readings import CannotTell, clean

KSTAT: Final = "/proc/spl/kstat/zfs"
MAX_POOLS: Final = 64
MAX_DEVICES: Final = 512
MAX_LINES: Final = 20_000
MAX_LINE: Final = 1_024
MAX_OUTPUT: Final = 1024 * 1024
_HEAD: Final = re.compile(r" {0,8}pool: ([A-Za-z][\w.: -]{0,254})\Z")
_FIELD: Final = re.compile(r" {0,8}(state|status|errors): (.{1,512})\Z")
_ROW: Final = re.compile(
    r"\t( {0,64})(\S{1,256}) {1,256}(ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|REMOVED)"
    r"(?: {1,32}(\S{1,20}) {1,32}(\S{1,20}) {1,32}(\S{1,20}))?(?: {1,8}(\S.{0,300}))?\Z"
)
_GROUP: Final = re.compile(
    r"(?:mirror|raidz[123]?|draid[123]?|spare|replacing|indirect|root|missing|hole)(?:[-:]\S*)?\Z"
)
_WAS: Final = re.compile(r"was (/dev/\S{1,128})")
_STATE: Final = re.compile(r"[A-Z]{4,16}\Z")
_COUNT: Final = re.compile(r"[0-9]{1,15}\Z")


async def read(paths: HostPaths, commands: Commands, limit: float) -> PoolReading | CannotTell:
    """Every imported pool; absent where there is none."""
    pools = _states(paths)
    if paths.live and not pools:
        return CannotTell(f"{KSTAT}: no pool", absent=True)
    answer = await commands.run(["zpool", "status", "-P", "-L", "-p"], limit, MAX_OUTPUT)
    if answer.missing and not pools:
        return CannotTell("zpool: not installed", absent=True)
    if answer.exit_code is None and not answer.missing:
        return CannotTell("zpool status did not answer in time, or not to the end")
    told = parse(answer.stdout.decode("utf-8", "replace"))
    if isinstance(told, PoolReading):
        return told
    return PoolReading(tuple(pools)) if pools else told


def _states(paths: HostPaths) -> list[Pool]:
    found = []
    for name in (paths.names(KSTAT) or ())[:MAX_POOLS]:
        state = paths.line(f"{KSTAT}/{name}/state")
        if _STATE.match(state):
            found.append(Pool(clean(name, 64), state, line=state, source=f"{KSTAT}/{name}/state"))
    return found


def parse(text: str) -> PoolReading | CannotTell:
    """The pools of a text; never raises. Pure."""
    blocks: list[list[str]] = []
    for line in text.splitlines()[:MAX_LINES]:
        if _HEAD.match(line[:MAX_LINE]):
            if len(blocks) == MAX_POOLS:
                break
            blocks.append([])
        if blocks:
            blocks[-1].append(line[:MAX_LINE])
    pools = tuple(pool for block in blocks if (pool := _pool(block)))
    if pools:
        return PoolReading(pools)
    return CannotTell("zpool status: no pool in it", absent="no pools available" in text[:200])


def _pool(block: list[str]) -> Pool | None:
    head = _HEAD.match(block[0])
    fields: dict[str, str] = {}
    rows: list[re.Match[str]] = []
    for line in block:
        field, row = _FIELD.match(line), _ROW.match(line)
        if field:
            fields.setdefault(field.group(1), field.group(2).strip())
        elif row and len(rows) < MAX_DEVICES:
            rows.append(row)
    state = fields.get("state", "")
    if head is None or not _STATE.match(state):
        return None
    name, errors = head.group(1).strip(), fields.get("errors", "")
    return Pool(
        name=clean(name, 64),
        state=state,
        devices=tuple(_device(row) for row in rows if row.group(1) and not _GROUP.match(row.group(2))),
        damaged=None
        if not errors
        else ""
        if errors.startswith("No known data errors")
        else clean(errors, 200),
        line=clean(f"{name}: {state}; {fields.get('status', '')}", 300),
    )


def _device(row: re.Match[str]) -> PoolDevice:
    """A row of the table; a device that is gone bears a number, and behind it where it was."""
    was = _WAS.search(row.group(7) or "")
    name = was.group(1) if was else row.group(2)
    counted = [int(each) for each in row.groups()[3:6] if each and _COUNT.match(each)]
    return PoolDevice(
        clean(name.removeprefix("/dev/"), 64), row.group(3), sum(counted), clean(row.group().strip(), 300)
    )
