"""The detectors on output of real machines (../shared/captures): kinds that have a detector so far."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from logix_agent.detectors import disks, filesystems, raid, temperatures
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.host.paths import HostPaths
from logix_agent.probes import mdstat, smart
from logix_agent.probes import temperatures as sensors
from logix_agent.probes.filesystems import parse_mounts
from logix_agent.probes.readings import (
    FilesystemReading,
    SmartReading,
    TemperatureReading,
    TemperatureSensor,
)

pytestmark = pytest.mark.captures
KINDS = ("smartctl-ata", "smartctl-nvme", "smartctl-scsi", "mdstat", "hwmon", "proc-mounts")


def cases(captures: Path) -> list[dict[str, str]]:
    with (captures / "index.csv").open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["kind"] in KINDS]


def judged(captures: Path, row: dict[str, str]) -> Judgement:
    """What our detector says of one case, read as the agent would."""
    path, kind = captures / row["case"], row["kind"]
    if kind.startswith("smartctl"):
        return disks.judge(SmartReading((smart.parse("/dev/sda", "sda", path.read_bytes()),)), {})
    if kind == "mdstat":
        return raid.judge(mdstat.parse(path.read_text()), {}, {})
    if kind == "proc-mounts":
        mounts = parse_mounts(path.read_text())
        return filesystems.judge(FilesystemReading(mounts, (), ()), Memory(), 95, 99)
    return temperatures.judge(TemperatureReading(tuple(hwmon(path))))


def hwmon(path: Path) -> Iterator[TemperatureSensor]:
    """Sensors of a sysfs tree or of psutil-shaped JSON; printed tables are not what the agent reads."""
    if path.is_dir():
        paths = HostPaths(path)
        for folder in sorted({file.parent for file in path.rglob("temp*_input")}):
            place = "/" + str(folder.relative_to(path))
            files = {name: paths.line(f"{place}/{name}") for name in paths.names(place) or ()}
            yield from sensors.parse_chip(files, place)
    elif path.suffix == ".json":
        for chip, entries in json.loads(path.read_text()).items():
            for entry in entries:
                if "high" in entry:
                    limits = entry["high"], entry["critical"]
                    yield TemperatureSensor(chip, entry["label"], entry["current"], *limits)


def test_no_healthy_case_is_flagged_and_nothing_crashes(captures: Path) -> None:
    flagged = {
        row["case"]: [(seen.code, seen.part) for seen in judged(captures, row).sightings]
        for row in cases(captures)
        if row["expected"] in ("healthy", "unknown")
    }
    assert len(flagged) > 40
    assert {case: seen for case, seen in flagged.items() if seen} == {}


def test_unknown_cases_are_in_doubt(captures: Path) -> None:
    unknown = [row for row in cases(captures) if row["expected"] == "unknown"]
    assert len(unknown) >= 6
    assert [row["case"] for row in unknown if not judged(captures, row).doubts] == []


def test_faulty_cases_are_named_with_their_severity(captures: Path) -> None:
    missed = {}
    faulty = [row for row in cases(captures) if row["expected"] == "faulty"]
    for row in faulty:
        seen = judged(captures, row).sightings
        worst = min((int(sighting.severity) for sighting in seen), default=0)
        if row["component"] not in {str(sighting.component) for sighting in seen} or worst != int(
            row["severity"]
        ):
            missed[row["case"]] = (row["component"], row["severity"], worst)
    assert len(faulty) >= 20
    assert missed == {}
