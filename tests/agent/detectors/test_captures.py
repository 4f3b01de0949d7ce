"""The detectors on output of real machines (../shared/captures): kinds that have a detector so far."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from logix_agent.detectors import disks, filesystems, raid
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.probes import mdstat, smart
from logix_agent.probes.filesystems import parse_mounts
from logix_agent.probes.readings import (
    FilesystemReading,
    SmartReading,
)

pytestmark = pytest.mark.captures
KINDS = ("smartctl-ata", "smartctl-nvme", "smartctl-scsi", "mdstat", "proc-mounts")


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
    mounts = parse_mounts(path.read_text())
    return filesystems.judge(FilesystemReading(mounts, (), ()), Memory(), 95, 99)


def test_no_healthy_case_is_flagged_and_nothing_crashes(captures: Path) -> None:
    flagged = {
        row["case"]: [(seen.code, seen.part) for seen in judged(captures, row).sightings]
        for row in cases(captures)
        if row["expected"] in ("healthy", "unknown")
    }
    assert len(flagged) > 30
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
