"""`logix-agent replay`: what it prints, and what it returns."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from logix_agent import cli
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.replay import command
from logix_common.findings import Component, Evidence, Severity


def faulty(*severities: Severity) -> Judgement:
    verdicts = PartVerdicts("disk:S1", slot="sda", serial="S1")
    for severity in severities:
        evidence = Evidence("smartctl", "x", str(int(severity)), "0")
        verdicts.fault(Component.DISK, f"disk.code-{severity}", severity, [evidence])
    return verdicts.judgement()


SOUND = Judgement(healthy=frozenset({("disk:S1", "disk.smart-failed")}))
DOUBT = Judgement(doubts=(Doubt(Component.DISK, "disk:S2", "no answer"),))
ABSENT = Judgement(doubts=(Doubt(Component.FAN, "fan:x", "not fitted", absent=True),))


@pytest.mark.parametrize(
    ("judgement", "verdict"),
    [
        (Judgement(), "unknown"),
        (SOUND, "healthy"),
        (DOUBT, "unknown"),
        (ABSENT, "unknown"),
        (SOUND.joined(ABSENT), "healthy"),
        (SOUND.joined(DOUBT), "unknown"),
        (faulty(Severity.NEEDS_REPLACEMENT).joined(DOUBT), "faulty"),
    ],
)
def test_the_verdict(judgement: Judgement, verdict: str) -> None:
    assert command.answer("a", judgement)["verdict"] == verdict


def test_findings_name_part_slot_and_serial_worst_first() -> None:
    answer = command.answer("./a/", faulty(Severity.FROM_TIME_TO_TIME, Severity.STOPPED))
    assert answer["path"] == "./a/"
    assert [finding["level"] for finding in answer["findings"]] == [1, 3]
    first = answer["findings"][0]
    assert set(first) == {"component", "part", "code", "level", "evidence"}
    assert (first["component"], first["part"]) == ("disk", "disk:S1 (slot sda)")
    assert first["evidence"][0]["value"] == "1"


def test_every_path_is_answered_in_order_whatever_the_others_are(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\xff\x00nonsense")
    asked = [str(file), str(tmp_path / "missing"), str(tmp_path) + "/", "ugly\n\udcff"]
    for kind in command.kinds():
        out, problems = io.StringIO(), io.StringIO()
        assert command.run(kind, asked, out, problems) == 0
        answers = [json.loads(line) for line in out.getvalue().splitlines()]
        assert [answer["path"] for answer in answers] == asked
        assert {answer["verdict"] for answer in answers} <= {"healthy", "unknown"}
        assert all(answer["findings"] == [] for answer in answers)


def test_a_judge_that_breaks_leaves_that_path_unknown() -> None:
    def broken(path: Path) -> Judgement:
        raise RecursionError(str(path))

    judgement, problem = command.judged(broken, "x")
    assert command.answer("x", judgement)["verdict"] == "unknown"
    assert "RecursionError" in problem


def test_an_unknown_kind_is_wrong_usage_and_told_its_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", "smartctl-txt", "x"]) == cli.USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert "'smartctl-text'?" in told.err


def test_no_path_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["replay", "smartctl-text"])
    assert ended.value.code == cli.USAGE


def test_replay_carries_neither_the_link_nor_cryptography() -> None:
    code = (
        "import sys; from logix_agent import cli; cli.main(['replay', 'smartctl-text', 'x']);"
        "print(sorted({'grpc', 'google', 'cryptography', 'psutil'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
