"""What is fuzzed: every kind of capture by `replay` (parser and detector together), and the other parsers.

A new kind is a target by itself: its seeds are the files, or the folders, in tests/fixtures/KIND, and in
../shared/captures/KIND where that is there. A parser that no kind reaches stands in `PARSERS`;
`test_every_parser_is_fuzzed` tells which are missing.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Final

from logix_agent.detectors.judgement import Judgement
from logix_agent.probes import (
    filesystem_errors,
    filesystems,
    inventory,
    module_units,
    services,
    smart,
    system,
    watchdogs,
)
from logix_agent.replay import command
from logix_common.findings import MAX_TEXT

from tests.conftest import CAPTURES
from tests.fuzz.engine import Target
from tests.fuzz.mutation import MAX_INPUT

FIXTURES: Final = Path(__file__).resolve().parents[1] / "fixtures"
MAX_SEEDS: Final = 80
MAX_FILES: Final = 60
#: Folders of seeds that bear another name than the kind.
ALIASES: Final = {"smartctl-ata": ("smartctl",), "smartctl-nvme": ("smartctl",)}
_PLACE: Final = re.compile(rb"[A-Za-z0-9_.:@+-][A-Za-z0-9_.:@+/-]{0,150}\Z")
#: A tree as one input: "=== path" before the content of each file.
_FILE: Final = b"\n=== "


def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """A parser of text, as a target: probes decode so, too."""
    return lambda data: parse(data.decode("utf-8", "replace"))


#: name -> what takes bytes, and an input that makes sense to it.
PARSERS: Final[dict[str, tuple[Callable[[bytes], object], bytes]]] = {
    "smartctl --scan": (smart.parse_scan, b'{"devices": [{"name": "/dev/sda", "type": "scsi"}]}'),
    "smartctl -a": (
        lambda data: smart.parse("/dev/sda", "sda", data),
        b'{"smart_status": {"passed": true}}',
    ),
    "mountinfo": (
        text(filesystems.parse_mountinfo),
        b"36 35 98:0 /mnt1 /mnt2 ro,noatime master:1 - ext4 /dev/root rw,errors=continue\n",
    ),
    "df": (
        text(lambda told: filesystems.parse_df(told, frozenset({"/", "/var"}))),
        b"Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 60 20 75% /var\n",
    ),
    "systemctl show": (
        text(lambda told: services.parse(told, ["a"])),
        b"Id=a.service\nActiveState=active\n",
    ),
    "units of modules": (
        text(lambda told: module_units.parse(told, ["a.service", "b.timer"])),
        b"Id=a.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\n",
    ),
    "os-release": (text(inventory.parse_release), b"SERIAL=\"LGX-1\"\nMODEL='LX'\nVERSION=5.4\n"),
    "dpkg status": (
        text(lambda told: inventory.parse_packages(told.splitlines())),
        b"Package: zlib\nStatus: install ok installed\nVersion: 1.3\n\n",
    ),
    "module": (text(lambda told: inventory.parse_module("x", told)), b"VERSION=1\nENABLED=yes\n"),
    "meminfo": (text(system.parse_meminfo), b"MemTotal: 100 kB\nMemAvailable: 40 kB\nSwapTotal: 0 kB\n"),
    "loadavg": (text(system.parse_loadavg), b"0.50 0.25 0.10 1/100 999\n"),
    "uptime": (text(system.parse_uptime), b"350735.47 234388.90\n"),
    "stat": (text(system.parse_cpu_times), b"cpu  100 0 100 800 0 0 0 0 0 0\n"),
    "btrfs error_stats": (text(filesystem_errors.parse_stats), b"write_errs 0\nread_errs 3\n"),
    "bootstatus": (text(watchdogs.parse_status), b"32"),
    "net/dev": (text(system.parse_net_dev), b"  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
}


def targets(scratch: Path) -> list[Target]:
    """All of them; those of files and trees use `scratch`."""
    found = [Target(name, run, (seed,)) for name, (run, seed) in PARSERS.items()]
    for kind in command.kinds():
        files, trees = _seeds(kind)
        found.append(Target(kind, _replayed_file(kind, scratch), (*files[:MAX_SEEDS], b"")))
        if trees:
            found.append(Target(f"{kind}/", _replayed_tree(kind, scratch), trees[:MAX_SEEDS]))
    return found


def _seeds(kind: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    folders = [FIXTURES / name for name in (kind, *ALIASES.get(kind, ()))] + [CAPTURES / kind]
    places = [place for folder in folders if folder.is_dir() for place in sorted(folder.iterdir())]
    compact = [place for place in places if place.suffix == ".tree"]
    files = tuple(place.read_bytes()[:MAX_INPUT] for place in places if place.is_file())
    trees = [_packed(place) for place in places if place.is_dir()]
    return files, (*trees, *(_FILE + _FILE.join(_lines(place)) for place in compact))


def _lines(tree: Path) -> list[bytes]:
    """The files of a compact tree: "sys/class/x/name value" a line."""
    return [line.replace(b" ", b"\n", 1) for line in tree.read_bytes()[:MAX_INPUT].splitlines()[:MAX_FILES]]


def _packed(folder: Path) -> bytes:
    files = sorted(file for file in folder.rglob("*") if file.is_file())[:MAX_FILES]
    return b"".join(
        _FILE + str(file.relative_to(folder)).encode() + b"\n" + file.read_bytes()[:4096] for file in files
    )


def _unpacked(data: bytes, folder: Path) -> None:
    """Lay the files of `data` out below `folder`; what cannot be a path below it is left out."""
    for piece in data.split(_FILE)[:MAX_FILES]:
        place, _, content = piece.partition(b"\n")
        if not _PLACE.match(place) or b".." in place:
            continue
        file = folder / place.decode()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.removesuffix(b"\n"))
        except OSError:  # a file stands where the folder should be
            continue


def _replayed_file(kind: str, scratch: Path) -> Callable[[bytes], object]:
    place = scratch / "capture"

    def run(data: bytes) -> object:
        place.write_bytes(data)
        return _bounded(command.kinds()[kind](place))

    return run


def _replayed_tree(kind: str, scratch: Path) -> Callable[[bytes], object]:
    folder = scratch / "tree"

    def run(data: bytes) -> object:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        _unpacked(data, folder)
        return _bounded(command.kinds()[kind](folder))

    return run


def _bounded(judgement: Judgement) -> Judgement:
    """The promise of `facts`: every text is bounded and without control characters."""
    for said in _texts(judgement.sightings):
        assert len(said) <= MAX_TEXT, f"a text of {len(said)} characters: {said[:80]!r}"
        assert not any(ord(letter) < 32 or ord(letter) == 127 for letter in said), repr(said)
    assert command.answer("x", judgement)["verdict"] in ("healthy", "faulty", "unknown")
    return judgement


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts(getattr(value, each.name))
