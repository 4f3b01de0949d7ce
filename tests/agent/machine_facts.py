"""Readers of `tests/fixtures` for the agent's tests."""

from __future__ import annotations

from pathlib import Path

from logix_agent.probes import mdstat, smart
from logix_agent.probes.readings import MdReading, SmartDisk

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def disk(name: str, slot: str = "sda") -> SmartDisk:
    """The disk of one smartctl answer."""
    return smart.parse(f"/dev/{slot}", slot, (FIXTURES / "smartctl" / f"{name}.json").read_bytes())


def arrays(name: str) -> MdReading:
    """The arrays of one mdstat text."""
    reading = mdstat.parse((FIXTURES / "mdstat" / f"{name}.txt").read_text())
    assert isinstance(reading, MdReading)
    return reading


def laid_out(tree: Path, folder: Path) -> Path:
    """The folder, with the files of a compact tree in it: "sys/class/x/name value" a line."""
    for line in tree.read_text().splitlines():
        place, _, value = line.partition(" ")
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{value}\n")
    return folder
