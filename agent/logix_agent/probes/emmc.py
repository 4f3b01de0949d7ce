"""eMMC cards by sysfs: life_time and pre_eol_info (Documentation/driver-api/mmc/mmc-dev-attrs).

Kernels before 4.12 have neither file; SD cards have none at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.disk_readings import FlashCard, FlashReading
from logix_agent.probes.readings import CannotTell, clean

MAX_CARDS: Final = 16
_FILES: Final = ("life_time", "pre_eol_info", "serial", "name", "type")
_CARD: Final = re.compile(r"mmcblk[0-9]{1,3}\Z")
_HOST: Final = re.compile(r"mmc[0-9]{1,3}\Z")
_BUS_NAME: Final = re.compile(r"mmc[0-9]{1,3}:[0-9a-fA-F]{1,8}\Z")
_HEX: Final = re.compile(r"0[xX][0-9a-fA-F]{1,4}\Z")


def read(paths: HostPaths) -> FlashReading | CannotTell:
    """Every eMMC that tells anything of itself."""
    cards = []
    for name, folder in _folders(paths):
        card = parse(name, {file: paths.line(f"{folder}/{file}") for file in _FILES})
        if card is not None:
            cards.append(card)
    if not cards:
        return CannotTell("this machine has no eMMC", absent=True)
    return FlashReading(tuple(cards))


def parse(name: str, files: Mapping[str, str]) -> FlashCard | None:
    """The card of one device folder; None where it is no eMMC. Pure."""
    kind = files.get("type", "")
    life, end = files.get("life_time", ""), files.get("pre_eol_info", "")
    if kind not in ("", "MMC") or not (life or end or kind):
        return None
    steps = tuple(step for step in map(_hex, life[:64].split()[:2]) if step is not None)
    serial = clean(files.get("serial", ""), 64)
    return FlashCard(
        name=clean(name, 64),
        serial=serial if serial.strip("0xX") else "",
        model=clean(files.get("name", ""), 64),
        life_times=steps,
        pre_end_of_life=_hex(end),
        line=clean(f"life_time {life or '-'}, pre_eol_info {end or '-'}"),
    )


def _folders(paths: HostPaths) -> list[tuple[str, str]]:
    """Name and device folder of every card: by block device, else by host, where only that is there."""
    blocks = [name for name in paths.names("/sys/block") or () if _CARD.match(name)]
    found = [(name, f"/sys/block/{name}/device") for name in blocks[:MAX_CARDS]]
    if found:
        return found
    for host in [name for name in paths.names("/sys/class/mmc_host") or () if _HOST.match(name)]:
        folder = f"/sys/class/mmc_host/{host}"
        cards = [name for name in paths.names(folder) or () if _BUS_NAME.match(name)]
        found += [(card, f"{folder}/{card}") for card in cards]
    return found[:MAX_CARDS]


def _hex(text: str) -> int | None:
    text = text.strip()
    return int(text, 16) if _HEX.match(text) else None
