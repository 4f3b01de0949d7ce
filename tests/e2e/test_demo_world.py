"""What the demo refuses before it starts anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.demo_world import DemoFailure, Ports, take

ROOT = Path(__file__).resolve().parent.parent.parent
HOLD = (
    "import pathlib, sys; from tools.demo_world import take; "
    "take(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


def test_a_second_demo_leaves_the_first_ones_folder_alone(tmp_path: Path) -> None:
    folder = tmp_path / ".demo"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        (folder / "kept").mkdir()
        with pytest.raises(DemoFailure, match="another demo"):
            take(folder)
        assert (folder / "kept").exists()
        first.kill()
    take(folder)
    assert not list(folder.iterdir())


def test_a_port_that_is_wanted_twice_is_named() -> None:
    with pytest.raises(DemoFailure, match="port 49466 is wanted twice: web and metrics"):
        Ports(gateway=47443, enrolment=47444, web=49466, metrics=49464).check_free()
