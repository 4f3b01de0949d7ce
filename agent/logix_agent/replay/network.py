"""Captured network ports: sysfs trees, ethtool's texts, /proc/net/dev, bonds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from logix_agent.detectors import ports as detector
from logix_agent.detectors.judgement import Judgement
from logix_agent.host.paths import HostPaths
from logix_agent.probes import port_texts, ports
from logix_agent.probes.port_readings import NetReading
from logix_agent.probes.readings import CannotTell
from logix_agent.replay.capture import Replay, text_of

MAX_FILES: Final = 32


def judged(path: Path) -> Judgement:
    """The judgement on a text, or on a folder that is a sysfs tree or holds texts. Raises `OSError`."""
    if not path.is_dir():
        return detector.judge(_own_name(port_texts.parse(text_of(path)), path))
    tree = HostPaths(path)
    reading = ports.read(tree)
    judgement = detector.judge(reading)
    files = [*sorted(path.glob("proc/net/bonding/*")), path / "proc/net/dev", *sorted(path.glob("*.txt"))]
    for file in [file for file in files if file.is_file() and not file.is_symlink()][:MAX_FILES]:
        more = port_texts.parse(text_of(file))
        if isinstance(more, NetReading):
            judgement = judgement.joined(detector.judge(_own_name(more, file)))
    return judgement


def _own_name(reading: NetReading | CannotTell, path: Path) -> NetReading | CannotTell:
    """A bond's text does not say its name: in /proc/net/bonding the file bears it."""
    if not isinstance(reading, NetReading):
        return reading
    bonds = tuple(replace(bond, name=path.stem) if bond.name == "bond" else bond for bond in reading.bonds)
    return replace(reading, bonds=bonds)


KINDS: Final[Mapping[str, Replay]] = {"netdev": judged}
