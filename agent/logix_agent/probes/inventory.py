"""What the machine consists of: identity, product, packages, modules, disks, ports, firmware."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from logix_common.observations import MAX_PACKAGES

from logix_agent.facts import DiskFact, InventoryFacts, ModuleFact, PackageFact, PortFact
from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell, SmartReading, clean

MAX_MODULES: Final = 200
MAX_DISKS: Final = 128
MAX_PORTS: Final = 128
MAX_STATUS_BYTES: Final = 32 * 1024 * 1024
DMI: Final = "/sys/class/dmi/id"
#: What makers leave in DMI fields that nobody filled in.
_UNFILLED: Final = re.compile(
    r"(?i)(to be filled.*|default string|system serial.*|not specified|none|unknown|n/?a|0+|x+|\.+|-+)?\Z"
)
_VIRTUAL_DISKS: Final = re.compile(r"(loop|ram|zram|dm-|md|sr|fd|nbd|zd)[0-9]*")


def read(paths: HostPaths, smart: SmartReading | CannotTell | None) -> InventoryFacts:
    """Everything bounded; what the machine does not tell is empty."""
    release = parse_release(paths.read("/etc/logix-release", 64 * 1024).text)
    system = parse_release(paths.read("/etc/os-release", 64 * 1024).text)
    bios = [_filled(paths.line(f"{DMI}/bios_{name}")) for name in ("vendor", "version", "date")]
    return InventoryFacts(
        serial=release.get("SERIAL") or _filled(paths.line(f"{DMI}/product_serial")),
        model=release.get("MODEL") or _filled(paths.line(f"{DMI}/product_name")),
        product_version=release.get("VERSION") or system.get("VERSION_ID", ""),
        patch_level=release.get("PATCH_LEVEL", ""),
        os=system.get("PRETTY_NAME", ""),
        kernel=clean(paths.line("/proc/sys/kernel/osrelease"), 128),
        bios=" ".join(word for word in bios if word),
        packages=parse_packages(paths.lines("/var/lib/dpkg/status", MAX_STATUS_BYTES)),
        modules=read_modules(paths),
        disks=read_disks(paths, smart),
        ports=read_ports(paths),
    )


def parse_release(text: str) -> dict[str, str]:
    """KEY="VALUE" lines (os-release(5)); what is no such line is left out. Pure."""
    found: dict[str, str] = {}
    for line in text.splitlines()[:200]:
        key, equals, value = line[:1024].partition("=")
        if equals and re.match(r"[A-Z][A-Z0-9_]{0,63}\Z", key.strip()):
            value = value.strip()
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[key.strip()] = clean(re.sub(r'\\(["\'$`\\])', r"\1", value), 128)
    return found


def parse_packages(lines: Iterable[str]) -> tuple[PackageFact, ...]:
    """The installed packages of dpkg's status file (deb-control(5)), by name. Pure."""
    found: set[tuple[str, str]] = set()
    name = version = ""
    installed = False
    for line in lines:
        if not line:
            if name and installed:
                found.add((name, version))
            name, version, installed = "", "", False
        elif line.startswith("Package: "):
            name = clean(line[9:], 128)
        elif line.startswith("Version: "):
            version = clean(line[9:], 128)
        elif line.startswith("Status: "):
            installed = line.endswith(" installed")
        if len(found) >= MAX_PACKAGES:
            break
    else:
        if name and installed:
            found.add((name, version))
    return tuple(PackageFact(*row) for row in sorted(found))


def read_modules(paths: HostPaths, folder: str = "/etc/logix/modules.d") -> tuple[ModuleFact, ...]:
    """The product's modules: `NAME.toml` with `version`, `enabled` and perhaps another `name`."""
    names = [name for name in paths.names(folder, 1000) or () if re.match(r"\w[\w.-]*\.toml\Z", name)]
    modules = (
        parse_module(name.removesuffix(".toml"), paths.read(f"{folder}/{name}", 64 * 1024).text)
        for name in names[:MAX_MODULES]
    )
    return tuple(module for module in modules if module)


def parse_module(name: str, text: str) -> ModuleFact | None:
    """One module, or None where the text is no TOML. Pure."""
    import tomllib

    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return ModuleFact(
        clean(values.get("name"), 64) or clean(name, 64),
        clean(values.get("version"), 64),
        values.get("enabled") is not False,
    )


def read_disks(paths: HostPaths, smart: SmartReading | CannotTell | None) -> tuple[DiskFact, ...]:
    """Physical disks by smartctl, completed by the kernel's own list in /sys/block."""
    disks = smart.disks if isinstance(smart, SmartReading) else ()
    facts = {
        disk.slot: DiskFact(disk.slot, disk.serial, disk.model, disk.capacity, disk.firmware)
        for disk in disks
    }
    for name in paths.names("/sys/block", 1000) or ():
        known = facts.get(name) or facts.get(
            re.sub(r"n[0-9]+\Z", "", name) if name.startswith("nvme") else name
        )
        if known is None and not _VIRTUAL_DISKS.match(name):
            facts[name] = _block_device(paths, name)
    return tuple(facts[name] for name in sorted(facts))[:MAX_DISKS]


def _block_device(paths: HostPaths, name: str) -> DiskFact:
    folder = f"/sys/block/{name}"
    sectors = paths.line(f"{folder}/size")
    return DiskFact(
        name=clean(name, 32),
        serial=clean(paths.line(f"{folder}/device/serial") or paths.line(f"{folder}/serial"), 64),
        model=clean(paths.line(f"{folder}/device/model") or paths.line(f"{folder}/device/name"), 64),
        bytes=int(sectors) * 512 if re.match(r"[0-9]{1,15}\Z", sectors) else 0,  # always in units of 512
        firmware=clean(paths.line(f"{folder}/device/firmware_rev") or paths.line(f"{folder}/device/rev"), 32),
    )


def read_ports(paths: HostPaths, folder: str = "/sys/class/net") -> tuple[PortFact, ...]:
    """Physical network ports: those with a device behind them."""
    names: Iterable[str] = paths.names(folder, 1000) or ()
    ports = [name for name in names if paths.exists(f"{folder}/{name}/device")]
    return tuple(_port(paths, f"{folder}/{name}", name) for name in ports[:MAX_PORTS])


def _port(paths: HostPaths, folder: str, name: str) -> PortFact:
    speed = paths.line(f"{folder}/speed")  # "-1" and an I/O error both mean: no link
    return PortFact(
        name=clean(name, 32),
        mac=clean(paths.line(f"{folder}/address"), 32),
        speed_mbit=int(speed) if re.match(r"[0-9]{1,7}\Z", speed) else 0,
        up=paths.line(f"{folder}/operstate") == "up",
    )


def _filled(text: str) -> str:
    text = clean(text, 128)
    return "" if _UNFILLED.match(text) else text
