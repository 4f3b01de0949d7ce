"""Network ports as tools print them: ethtool(8), its -S and -m, /proc/net/dev (proc(5)), `ip -s link`, and
/proc/net/bonding (Documentation/networking/bonding.rst). Pure and total.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from logix_agent.probes.port_readings import Bond, BondMember, NetReading, Port
from logix_agent.probes.readings import CannotTell, clean

MAX_LINES: Final = 20_000
MAX_LINE: Final = 2_048
MAX_PORTS: Final = 1_024
MAX_COUNTERS: Final = 4_096
_NAME: Final = r"[\w.@:-]{1,32}"
_DEV: Final = re.compile(rf"\s{{0,8}}({_NAME}):\s*((?:\d{{1,20}}(?:\s+|\Z)){{11,16}})\Z")
_SETTINGS: Final = re.compile(rf"Settings for ({_NAME}?):\s*\Z")
_MODE: Final = re.compile(r"(\d{1,7})base\w{1,16}/(Full|Half)", re.IGNORECASE)
_ASKED: Final = re.compile(
    rf"[#$ ]{{0,4}}(?:\w+@[^#$]{{1,60}}[#$] ?)?(?:sudo )?ethtool (?:-\S+ |--[\w-]+ ){{1,3}}({_NAME})\s*\Z"
)
_COUNTER: Final = re.compile(r"\s{1,16}([\w.\[\]() -]{1,64}?): (\d{1,20})\s*\Z")
_ALARM: Final = re.compile(
    r"\s{0,16}([A-Za-z][\w /()-]{2,48}?) (alarm|warning)(?: \(Channel \d\))?\s{0,20}:\s(On|Off)\b"
)
_IP: Final = re.compile(rf"\d{{1,6}}: ({_NAME}): <([A-Z0-9_,-]{{0,200}})> (.{{0,400}})")
#: /proc/net/dev's columns, by the names of rtnl_link_stats64; "frame" is all that came damaged.
_COLUMNS: Final = (
    "rx_bytes",
    "rx_packets",
    "rx_errors",
    "rx_dropped",
    "rx_fifo_errors",
    "rx_frame_errors",
    "rx_compressed",
    "multicast",
    "tx_bytes",
    "tx_packets",
    "tx_errors",
    "tx_dropped",
    "tx_fifo_errors",
    "collisions",
    "tx_carrier_errors",
    "tx_compressed",
)
#: Names that are no wired ports of the machine.
VIRTUAL: Final = re.compile(
    r"(?:lo|veth|docker|br-|br\d|virbr|vnet|tun|tap|wg|bond|team|dummy|ifb|wl|ww|cali|flannel|cni|kube|sit|gre|ip6|nlmon|vxlan|macv|ppp|fwbr|fwpr|fwln|vmbr|lxc|lxd|ovs|podman|tailscale)"
)


def parse(text: str) -> NetReading | CannotTell:
    """The ports and bonds of a text in any of the forms; cannot tell where it is none of them."""
    lines = [line[:MAX_LINE] for line in text.splitlines()[:MAX_LINES]]
    for marks, read in _FORMS:
        if any(mark in line for line in lines for mark in marks):
            reading = read(lines)
            if reading.ports or reading.bonds:
                return reading
    return CannotTell("no network port in the text")


def _proc_net_dev(lines: list[str]) -> NetReading:
    ports: list[Port] = []
    for line in lines:
        found = _DEV.match(line)
        if found and len(ports) < MAX_PORTS and _physical(found.group(1)):
            values = [int(value) for value in found.group(2).split()]
            if len(values) == len(_COLUMNS):
                ports.append(_port(found.group(1), dict(zip(_COLUMNS, values, strict=True)), "/proc/net/dev"))
    return NetReading(tuple(ports))


def _port(name: str, counters: dict[str, int], source: str) -> Port:
    return Port(clean(name, 32), counters=counters, source=source)


def _physical(name: str) -> bool:
    return not VIRTUAL.match(name) and "." not in name and "@" not in name and ":" not in name


def _bonding(lines: list[str]) -> NetReading:
    members: list[BondMember] = []
    name, up, failures = "", False, 0
    for line in [*lines, "Slave Interface: "]:
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "Slave Interface":
            if name:
                members.append(BondMember(name, up, failures))
            name, up, failures = clean(value, 32), False, 0
        elif key == "MII Status" and name:
            up = value in ("up", "going back")
        elif key == "Link Failure Count" and re.match(r"\d{1,18}\Z", value):
            failures = int(value)
    return NetReading(bonds=(Bond("bond", tuple(members[:64]), "/proc/net/bonding"),) if members else ())


def _settings(lines: list[str]) -> NetReading:
    """`ethtool PORT`, one block a port."""
    blocks: list[tuple[str, list[str]]] = []
    for line in lines:
        found = _SETTINGS.match(line.strip())
        if found:
            blocks.append((found.group(1), []))
        elif blocks:
            blocks[-1][1].append(line)
    return NetReading(tuple(_set(name, block) for name, block in blocks[:MAX_PORTS] if _physical(name)))


def _set(name: str, block: list[str]) -> Port:
    values: dict[str, str] = {}
    key = ""
    for line in block:
        left, colon, right = line.partition(":")
        if colon and not _MODE.search(left):
            key = left.strip()
            values[key] = right.strip()
        elif key and len(values[key]) < MAX_LINE:  # modes go on in the next lines
            values[key] += " " + line.strip()
    modes = {each: _modes(values.get(each, "")) for each in _MODES}
    own, other = modes["Advertised link modes"], modes["Link partner advertised link modes"]
    both = own & other
    speed = re.match(r"(\d{1,7})Mb/s", values.get("Speed", ""))
    duplex = values.get("Duplex", "").lower()
    return Port(
        name=clean(name, 32),
        link={"yes": True, "no": False}.get(values.get("Link detected", "")[:3].strip()),
        speed=int(speed.group(1)) if speed else None,
        duplex=duplex if duplex in ("full", "half") else "",
        best=max((rate for rate, _ in modes["Supported link modes"]), default=None),
        common=max((rate for rate, _ in both), default=None),
        negotiates={"on": True, "off": False}.get(values.get("Auto-negotiation", "")),
        medium=clean(values.get("Port", ""), 32).lower(),
        source="ethtool",
    )


_MODES: Final = ("Supported link modes", "Advertised link modes", "Link partner advertised link modes")


def _modes(text: str) -> frozenset[tuple[int, str]]:
    return frozenset((int(rate), duplex.lower()) for rate, duplex in _MODE.findall(text[:MAX_LINE]))


def _statistics(lines: list[str]) -> NetReading:
    """`ethtool -S PORT`: the driver's own names of counters."""
    counters: dict[str, int] = {}
    name = ""
    for line in lines:
        asked, found = _ASKED.match(line), _COUNTER.match(line)
        if asked:
            name = asked.group(1)
        elif found and len(counters) < MAX_COUNTERS:
            counters[found.group(1).strip()] = int(found.group(2))
    return NetReading((_port(name or "port", counters, "ethtool -S"),) if counters else ())


def _module(lines: list[str]) -> NetReading:
    """`ethtool -m PORT`: what the optical module measures (SFF-8472, SFF-8636)."""
    alarms, name, told = [], "", False
    vendor = {"Vendor SN": "", "Vendor PN": ""}
    for line in lines:
        asked, found = _ASKED.match(line), _ALARM.match(line)
        if asked:
            name = asked.group(1)
        key, _, value = line.partition(":")
        if key.strip() in vendor:
            vendor[key.strip()] = clean(value, 32)
        if found:
            told = True
            if found.group(3) == "On":
                alarms.append((clean(f"{found.group(1)} {found.group(2)}", 64), found.group(2) == "alarm"))
    port = Port(
        name or "port",
        alarms=tuple(alarms[:64]),
        serial=vendor["Vendor SN"],
        model=vendor["Vendor PN"],
        source="ethtool -m",
    )
    return NetReading((port,) if told else ())


def _ip_link(lines: list[str]) -> NetReading:
    """`ip -s link`: RX: and TX: headings with the numbers below."""
    ports: list[Port] = []
    for number, line in enumerate(lines):
        found = _IP.match(line)
        if (
            not found
            or not _physical(found.group(1))
            or "link/ether" not in "".join(lines[number : number + 2])
        ):
            continue
        flags = found.group(2).split(",")
        counters: dict[str, int] = {}
        for below in range(number + 1, min(number + 10, len(lines) - 1)):
            heading = lines[below].split()
            if heading[:1] in (["RX:"], ["TX:"]) and len(counters) < 64:
                names = [f"{heading[0][:2].lower()}_{word}" for word in heading[1:]]
                values = lines[below + 1].split()
                told = zip(names, values, strict=False)
                counters |= {key: int(value) for key, value in told if re.match(r"\d{1,20}\Z", value)}
        up = "UP" in flags
        link = "LOWER_UP" in flags if up else None
        ports.append(Port(clean(found.group(1), 32), up, link, counters=counters, source="ip -s link"))
    return NetReading(tuple(ports[:MAX_PORTS]))


_FORMS: Final[tuple[tuple[tuple[str, ...], Callable[[list[str]], NetReading]], ...]] = (
    (("Ethernet Channel Bonding Driver", "Slave Interface:"), _bonding),
    (("Settings for ",), _settings),
    (("NIC statistics:", "statistics:"), _statistics),
    (("Inter-|", "face |bytes"), _proc_net_dev),
    (("alarm", "warning"), _module),
    (("> mtu ",), _ip_link),
)
