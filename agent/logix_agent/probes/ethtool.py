"""What ethtool(8) knows of ports and sysfs does not: what both ends of a link offer, how the optics fare.

Asked rarely, since modules answer over a slow bus; speed and duplex are read from sysfs at every pass. A port
that does not answer is left out; nothing is asked of modules where the port is made for copper.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from logix_agent.host.commands import CommandResult, Commands
from logix_agent.host.paths import HostPaths
from logix_agent.lazy import lazily
from logix_agent.probes.port_readings import NetReading, Port
from logix_agent.probes.readings import CannotTell, clean

if TYPE_CHECKING:
    from logix_agent.probes import port_texts
else:  # of no use where there is no ethtool
    (port_texts,) = lazily("probes", "port_texts")

CLASS: Final = "/sys/class/net"
MAX_PORTS: Final = 32
AT_ONCE: Final = 8
#: Seconds for one question: all of them together end within the probe's time limit.
ONE_ANSWER: Final = 5.0
MAX_OUTPUT: Final = 64 * 1024
#: Media of ports that take no module (ethtool's names of PORT_*).
_NO_MODULE: Final = frozenset({"twisted pair", "mii", "aui", "bnc"})
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,14}\Z")  # no option, whatever it is called


async def read(paths: HostPaths, commands: Commands, limit: float) -> NetReading | CannotTell:
    """Every port with a device behind it, as ethtool tells it; absent where it is not installed."""
    names = [
        name
        for name in paths.names(CLASS) or ()
        if _NAME.match(name) and paths.exists(f"{CLASS}/{name}/device")
    ][:MAX_PORTS]
    if not names:
        return CannotTell(f"{CLASS}: no port with a device", absent=True)
    few = asyncio.Semaphore(AT_ONCE)

    async def ask(*words: str) -> CommandResult:
        async with few:
            return await commands.run(["ethtool", *words], min(limit, ONE_ANSWER), MAX_OUTPUT)

    async def port_of(name: str) -> Port | CommandResult:
        answer = await ask(name)
        port = _port(answer, name)
        if port is None or port.medium in _NO_MODULE:
            return port or answer
        module = _port(await ask("-m", name), "port")
        if module is None or module.alarms is None:
            return port
        return replace(
            port, alarms=module.alarms, serial=module.serial, model=module.model, source=module.source
        )

    told = await asyncio.gather(*map(port_of, names))
    ports = tuple(each for each in told if isinstance(each, Port))
    silent = [each for each in told if isinstance(each, CommandResult)]
    if ports or not silent:
        return NetReading(ports)
    if silent[0].missing:
        return CannotTell("ethtool: not installed", absent=True)
    return CannotTell(clean(f"ethtool: tells nothing of {', '.join(names)}", 160))


def _port(answer: CommandResult, name: str) -> Port | None:
    """The port in an answer; None where it tells of none. ethtool fails for much that a port lacks."""
    if not answer.stdout or answer.exit_code is None:
        return None
    reading = port_texts.parse(answer.stdout.decode("utf-8", "replace"))
    if isinstance(reading, CannotTell):
        return None
    return next((port for port in reading.ports if port.name == name), None)
