"""State of the configured services by `systemctl show` (systemctl(1))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logix_agent.facts import ServiceFact, ServiceStatus
from logix_agent.host.commands import Commands
from logix_agent.probes.readings import CannotTell

_STATES: Final = {
    "active": ServiceStatus.ACTIVE,
    "reloading": ServiceStatus.ACTIVE,
    "inactive": ServiceStatus.INACTIVE,
    "deactivating": ServiceStatus.INACTIVE,
    "failed": ServiceStatus.FAILED,
}


async def read(
    commands: Commands, names: Sequence[str], time_limit: float
) -> tuple[ServiceFact, ...] | CannotTell:
    """One fact for each of `names`, in their order."""
    if not names:
        return ()
    answer = await commands.run(
        ["systemctl", "show", "--property=Id,ActiveState", "--", *names], time_limit, 256 * 1024
    )
    if answer.missing:
        return CannotTell("systemctl is not installed", absent=True)
    if answer.timed_out:
        return CannotTell("systemctl did not answer in time")
    return parse(answer.stdout.decode("utf-8", "replace"), names)


def parse(text: str, names: Sequence[str]) -> tuple[ServiceFact, ...]:
    """The states of `names` in systemctl's blocks; what is not told is unknown. Pure."""
    states: dict[str, ServiceStatus] = {}
    for block in text.split("\n\n"):
        values = dict(line.partition("=")[::2] for line in block.splitlines()[:16])
        states[values.get("Id", "").strip()] = _STATES.get(
            values.get("ActiveState", "").strip(), ServiceStatus.UNKNOWN
        )
    return tuple(
        ServiceFact(name, states.get(name, states.get(f"{name}.service", ServiceStatus.UNKNOWN)))
        for name in names
    )
