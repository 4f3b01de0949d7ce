"""Network ports as sysfs shows them (Documentation/ABI/testing/sysfs-class-net, sysfs-class-net-statistics).

A port is physical where a device stands behind it; bridges, VLANs, bonds, tunnels, containers' pairs and
wireless interfaces are none. A captured tree may hold `sys/devices` alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.port_readings import Bond, BondMember, NetReading, Port
from logix_agent.probes.readings import CannotTell, clean

MAX_PORTS: Final = 256
MAX_FOLDERS: Final = 5_000
CLASS: Final = "/sys/class/net"
#: How udev and the kernel name wired ports (systemd.net-naming-scheme(7)); where no device link tells.
_WIRED: Final = re.compile(r"(?:eth\d+|en[ospxi]\w+|em\d+|p\d+p\d+(?:_\d+)?|lan\d+|wan\d+|ib\w+)\Z")
_FILES: Final = (
    "flags",
    "operstate",
    "carrier",
    "carrier_changes",
    "carrier_down_count",
    "speed",
    "duplex",
    "type",
    "address",
)
_NUMBER: Final = re.compile(r"[0-9]{1,20}\Z")
_ETHERNET: Final = frozenset({"", "1", "32"})  # include/uapi/linux/if_arp.h: ARPHRD_ETHER, ARPHRD_INFINIBAND
_IFF_UP: Final = 1


def read(paths: HostPaths) -> NetReading | CannotTell:
    """All physical ports and all bonds; "absent" where there is no network at all."""
    folders = _folders(paths)
    if not folders:
        return CannotTell(f"{CLASS}: no network interfaces", absent=True)
    linked = any(paths.exists(f"{folder}/device") for folder in folders.values())
    ports, bonds = [], []
    for name, folder in list(folders.items())[:MAX_PORTS]:
        within = frozenset(paths.names(folder) or ())
        if "bonding" in within:
            bonds.append(_bond(paths, folder, name, folders))
        elif not within & {"bridge", "tun_flags", "wireless", "phy80211"} and (
            "device" in within if linked else bool(_WIRED.match(name))
        ):
            files = {file: paths.line(f"{folder}/{file}") for file in _FILES}
            counters = _counters(paths, f"{folder}/statistics")
            slot = paths.link(f"{folder}/device").rpartition("/")[2]
            port = parse_port(name, files, counters, slot)
            ports += [port] if port else []
    return NetReading(tuple(ports), tuple(bonds))


def parse_port(
    name: str, files: Mapping[str, str], counters: Mapping[str, int], slot: str = ""
) -> Port | None:
    """A port by its files' texts; None for what is no wired network. Pure, total."""
    if files.get("type", "") not in _ETHERNET:
        return None
    flags = files.get("flags", "")
    enabled = bool(int(flags, 16) & _IFF_UP) if re.match(r"0x[0-9a-fA-F]{1,8}\Z", flags) else None
    state, carrier = files.get("operstate", ""), files.get("carrier", "")
    link = carrier == "1" if carrier in ("0", "1") else {"up": True, "down": False}.get(state)
    changes, downs = _number(files.get("carrier_changes", "")), _number(files.get("carrier_down_count", ""))
    return Port(
        name=clean(name, 32),
        enabled=enabled,
        link=link,
        speed=_number(files.get("speed", "")) or None,  # "-1": no link; 4294967295 in old kernels
        duplex=clean(files.get("duplex", ""), 16),
        downs=downs if downs is not None else changes // 2 if changes is not None else None,
        counters=counters,
        slot=clean(slot, 64),
        serial=clean(files.get("address", ""), 32),
        source=CLASS,
    )


def _folders(paths: HostPaths) -> dict[str, str]:
    """Interface -> its folder: by class, else by what lies below `sys/devices` in a captured tree."""
    names = paths.names(CLASS, MAX_PORTS)
    if names or paths.live:
        return {name: f"{CLASS}/{name}" for name in names or () if name != "bonding_masters"}
    found: dict[str, str] = {}
    waiting, seen = ["/sys/devices"], 0
    while waiting and seen < MAX_FOLDERS and len(found) < MAX_PORTS:
        folder = waiting.pop()
        seen += 1
        for name in paths.names(folder, 500) or ():
            below = f"{folder}/{name}"
            if folder.endswith("/net") and paths.exists(f"{below}/operstate"):
                found[name] = below
            elif below.count("/") < 16 and not paths.link(below) and paths.names(below, 1) is not None:
                waiting.append(below)
    return dict(sorted(found.items()))


def _counters(paths: HostPaths, folder: str) -> dict[str, int]:
    found = {}
    for name in paths.names(folder, 64) or ():
        value = _number(paths.line(f"{folder}/{name}"))
        if value is not None:
            found[name] = value
    return found


def _bond(paths: HostPaths, folder: str, name: str, folders: Mapping[str, str]) -> Bond:
    members = []
    for member in paths.line(f"{folder}/bonding/slaves").split()[:64]:
        place = folders.get(member, f"{CLASS}/{member}")
        up = paths.line(f"{place}/bonding_slave/mii_status") or paths.line(f"{place}/operstate")
        failures = _number(paths.line(f"{place}/bonding_slave/link_failure_count"))
        members.append(BondMember(clean(member, 32), up in ("up", "going back"), failures or 0))
    return Bond(clean(name, 32), tuple(members), f"{folder}/bonding")


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.match(text) and int(text) < 1 << 64 and text != "4294967295" else None
