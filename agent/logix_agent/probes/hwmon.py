"""Monitoring chips below /sys/class/hwmon (kernel: hwmon/sysfs-interface.rst), and processors that slow down.

The kernel gives m°C, mV, mA, µW and RPM; here it is °C, V, A, W and RPM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import Channel, HwmonReading, Throttle

HWMON: Final = "/sys/class/hwmon"
DEVICES: Final = "/sys/devices"
CPUS: Final = "/sys/devices/system/cpu"
MAX_CHIPS: Final = 64
MAX_CHANNELS: Final = 1024
MAX_CPUS: Final = 1024
#: Folders looked through where only sys/devices was captured.
MAX_FOLDERS: Final = 20_000
MAX_DEPTH: Final = 16
_LIMITS: Final = ("min", "max", "lcrit", "crit", "emergency")
_FLAGS: Final = "alarm|min_alarm|max_alarm|lcrit_alarm|crit_alarm|emergency_alarm|fault"
_FILE: Final = re.compile(
    rf"(temp|fan|in|curr|power)([0-9]{{1,4}})_(input|average|label|{'|'.join(_LIMITS)}|{_FLAGS})\Z"
)
_PWM: Final = re.compile(r"pwm[0-9]{1,4}\Z")
_SCALE: Final[Mapping[str, float]] = {"temp": 1e3, "fan": 1.0, "in": 1e3, "curr": 1e3, "power": 1e6}
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}\Z")
_BUS_ADDRESS: Final = re.compile(r"[0-9]{1,4}-[0-9a-f]{4}\Z")


def read(paths: HostPaths) -> HwmonReading | CannotTell:
    """All channels of all chips; "absent" where the machine has neither chips nor counts."""
    throttles = _throttles(paths)
    found = _read(paths, _chips(paths), throttles)
    # A running kernel lists every chip there is; looking through all devices would cost it a second.
    if not paths.live and (isinstance(found, CannotTell) or not found.channels):
        # a captured tree without classes, or with links that lead nowhere
        return _read(paths, ([folder] for folder in _folders_with_chips(paths, DEVICES)), throttles)
    return found


def read_below(paths: HostPaths) -> HwmonReading | CannotTell:
    """The chips whose files lie anywhere below the root, which is no machine's."""
    return _read(paths, ([folder] for folder in _folders_with_chips(paths, "/")), ())


def parse_chip(files: Mapping[str, str], source: str, slot: str = "") -> list[Channel]:
    """The channels of one chip from its files' texts. A bus address becomes part of the chip's name. Pure."""
    chip = clean(files.get("name"), 48) or clean(source.rpartition("/")[2], 48) or "hwmon"
    chip = f"{chip}-{slot}" if slot else chip
    found = {(match.group(1), int(match.group(2))) for name in files if (match := _FILE.match(name))}
    channels = [_channel(files, kind, number, chip, source) for kind, number in sorted(found)]
    return [replace(channel, slot=slot) for channel in _labelled_apart(channels)]


def _read(
    paths: HostPaths, chips: Iterable[list[str]], throttles: tuple[Throttle, ...]
) -> HwmonReading | CannotTell:
    """The channels of `chips`, each given by its folders."""
    channels: list[Channel] = []
    used: dict[str, int] = {}
    for folders in chips:
        files: dict[str, str] = {}
        for folder in folders:
            for name in paths.names(folder) or ():
                if name == "name" or _FILE.match(name) or _PWM.match(name):
                    files[name] = paths.line(f"{folder}/{name}")
        slot = paths.link(f"{folders[-1]}/device").rpartition("/")[2]
        found = parse_chip(files, folders[-1], slot if _BUS_ADDRESS.match(slot) else "")
        if found:
            count = used[found[0].chip] = used.get(found[0].chip, 0) + 1
            channels += [replace(one, chip=f"{one.chip}#{count}") for one in found] if count > 1 else found
        if len(channels) >= MAX_CHANNELS:
            break
    if not channels and not throttles:
        return CannotTell(f"{HWMON}: no sensors", absent=True)
    return HwmonReading(tuple(channels[:MAX_CHANNELS]), throttles)


def _channel(files: Mapping[str, str], kind: str, number: int, chip: str, source: str) -> Channel:
    start, scale = f"{kind}{number}", _SCALE[kind]
    value = _number(files.get(f"{start}_input"), scale)
    if value is None and kind == "power":
        value = _number(files.get(f"{start}_average"), scale)
    limits = {name: _number(files.get(f"{start}_{name}"), scale) for name in _LIMITS}
    pwm = _number(files.get(f"pwm{number}"), 1.0) if kind == "fan" else None
    return Channel(
        chip=chip,
        kind=kind,
        label=clean(files.get(f"{start}_label"), 64) or start,
        value=value,
        limits={name: limit for name, limit in limits.items() if limit is not None},
        alarms=frozenset(
            flag for flag in _FLAGS.split("|") if flag != "fault" and files.get(f"{start}_{flag}") == "1"
        ),
        faulty=files.get(f"{start}_fault") == "1",
        driven=None if pwm is None else int(pwm),
        source=clean(f"{source}/{start}_input", 200),
    )


def _labelled_apart(channels: list[Channel]) -> list[Channel]:
    """Two channels of a chip with one label (vout1 of voltage and of current are none) get their number."""
    seen: dict[tuple[str, str], int] = {}
    named = []
    for channel in channels:
        key = (channel.kind, channel.label)
        count = seen[key] = seen.get(key, 0) + 1
        named.append(channel if count == 1 else replace(channel, label=f"{channel.label} {count}"))
    return named


def _chips(paths: HostPaths) -> Iterator[list[str]]:
    """The folders of each chip, the one whose files count last."""
    for chip in sorted(paths.names(HWMON, MAX_CHIPS) or (), key=_by_number):
        # drivers before Linux 3.15 kept their files in device/
        yield [f"{HWMON}/{chip}/device", f"{HWMON}/{chip}"]


def _folders_with_chips(paths: HostPaths, start: str) -> Iterator[str]:
    """Every folder below `start` with a chip's files in it."""
    waiting, looked, found = [(start, 0)], 0, 0
    while waiting and looked < MAX_FOLDERS and found < MAX_CHIPS:
        folder, depth = waiting.pop()
        looked += 1
        names = paths.names(folder) or []
        if any(_FILE.match(name) for name in names):
            found += 1
            yield folder
        if depth < MAX_DEPTH:
            inside = [f"{folder.rstrip('/')}/{name}" for name in reversed(names) if not _FILE.match(name)]
            waiting += [(path, depth + 1) for path in inside if not paths.link(path)]


def _throttles(paths: HostPaths) -> tuple[Throttle, ...]:
    """The worst count of each processor; `package_throttle_count` also counts limits that are no heat."""
    worst: dict[str, Throttle] = {}
    cpus = [name for name in paths.names(CPUS) or () if re.match(r"cpu[0-9]{1,5}\Z", name)]
    for cpu in cpus[:MAX_CPUS]:
        source = f"{CPUS}/{cpu}/thermal_throttle/core_throttle_count"
        count = _number(paths.line(source), 1.0)
        if count is None:
            continue
        package = clean(paths.line(f"{CPUS}/{cpu}/topology/physical_package_id"), 16) or "0"
        if package not in worst or count > worst[package].count:
            worst[package] = Throttle(package, int(count), source)
    return tuple(worst.values())


def _number(text: str | None, scale: float) -> float | None:
    return int(text) / scale if text is not None and _NUMBER.match(text) else None


def _by_number(name: str) -> tuple[int, str]:
    digits = re.search(r"[0-9]{1,9}\Z", name)
    return (int(digits.group()) if digits else -1, name)
