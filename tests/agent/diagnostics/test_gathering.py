"""What is asked and read, what becomes of what comes, and what the bundle then holds."""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.config import AgentConfig
from logix_agent.diagnostics import child, gathering, packing, selection
from logix_agent.diagnostics.facts import Asked, Part
from logix_agent.host.commands import CommandResult
from logix_agent.host.paths import HostPaths
from logix_common.clock import SystemClock
from logix_common.diagnostics import MAX_BUNDLE_BYTES
from logix_common.findings import CODES, Component

from tests.fakes.clock import FakeClock
from tests.fakes.commands import FakeCommands
from tools.simulated_machine import SimulatedMachine

MACHINE = selection.Machine(("sda", "nvme0n1"), ("md0",), ("eth0",))
DISK = Asked("LGX-2026-000001", ("disk.pending-sectors",), ("disk:S1",))


def unpacked(path: Path) -> dict[str, bytes]:
    with tarfile.open(path, mode="r:gz") as archive:
        members = {member.name.removeprefix("diagnostics/"): member for member in archive.getmembers()}
        assert all(member.isfile() and member.mode == 0o600 for member in members.values())
        return {name: archive.extractfile(member).read() for name, member in members.items()}  # type: ignore[union-attr]


def programs(*codes: str) -> set[str]:
    return {" ".join(question.argv) for question in selection.questions(codes, MACHINE)}


# -- which programs ----------------------------------------------------------------------------------------


def test_programs_that_bear_on_the_fault_are_asked() -> None:
    disk = programs("disk.pending-sectors")
    assert "smartctl -n standby -x /dev/sda" in disk
    assert "nvme error-log /dev/nvme0n1" in disk
    assert not any(line.startswith(("mdadm", "ethtool")) for line in disk)
    assert {"ethtool eth0", "ethtool -S eth0"} <= programs("nic.crc-errors")
    assert {"ipmitool sensor", "sensors"} <= programs("fan.stopped")
    assert "mdadm --detail /dev/md0" in programs("raid.degraded")
    assert "dmidecode -t memory,processor,cache" in programs("memory.uncorrected")


def test_what_bears_on_the_fault_comes_first_and_each_once() -> None:
    names = [question.name for question in selection.questions(("disk.pending-sectors",) * 3, MACHINE)]
    assert names[0] == "tools/smartctl-sda.txt"
    assert len(names) == len(set(names))


@pytest.mark.parametrize("codes", [(), ("disk.of-a-later-version",), ("disk.pending-sectors", "unheard-of")])
def test_for_what_is_not_known_all_is_asked(codes: tuple[str, ...]) -> None:
    assert selection.components_of(codes) == frozenset(Component)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_fault_has_its_programs_and_none_wakes_or_changes_anything(code: str) -> None:
    for question in selection.questions((code,), MACHINE):
        if question.argv[0] == "smartctl":
            assert question.argv[1:3] == ("-n", "standby")
        assert question.wakes == (question.argv[0] == "mdadm")
        assert (
            not {"-t", "--set", "clear", "--test"} & set(question.argv) - {"-t"}
            or question.argv[0] == "dmidecode"
        )
        assert question.name.startswith("tools/")
        assert ".." not in question.name


@given(st.lists(st.text(max_size=80), max_size=40))
def test_no_name_of_the_machine_becomes_an_option_or_a_path(names: list[str]) -> None:
    machine = selection.Machine(names, names, names)
    for question in selection.questions((), machine):
        assert all("\0" not in word and "\n" not in word for word in question.argv)
        for word in question.argv[1:]:
            if word.startswith("/dev/"):
                assert "/" not in word.removeprefix("/dev/")
        assert question.name.count("/") == 1


# -- what comes --------------------------------------------------------------------------------------------


def sysroot(folder: Path) -> HostPaths:
    SimulatedMachine(folder / "sysroot", serial="LGX-7")
    return HostPaths(folder / "sysroot")


async def gathered(
    folder: Path, answer: Any, asked: Asked = DISK, clock: Any = None
) -> tuple[dict[str, Part], FakeCommands]:
    paths, commands = sysroot(folder), FakeCommands(answer)
    config = AgentConfig(state_dir=folder, sysroot=folder / "sysroot")
    look = gathering.Gathering(config, paths, commands, clock or SystemClock())
    parts = await look.parts(asked)
    assert len({part.name for part in parts}) == len(parts)
    return {part.name: part for part in parts}, commands


def says(text: str) -> Any:
    return lambda _argv: CommandResult(text.encode(), 0)


async def test_answers_are_kept_with_what_became_of_the_program(tmp_path: Path) -> None:
    def answer(argv: Sequence[str]) -> CommandResult:
        if argv[-1] == "/dev/sda":
            return CommandResult(b"sda \xff fails\0", 64)
        if argv[0] == "smartctl":
            return CommandResult(timed_out=True)
        if argv[0] == "ps":
            return CommandResult(b"x" * 100, truncated=True)
        return CommandResult(missing=True)

    parts, _ = await gathered(tmp_path, answer)
    sda = parts["tools/smartctl-sda.txt"]
    assert (sda.text, sda.exit_code, sda.source) == (
        "sda \ufffd fails",
        64,
        "smartctl -n standby -x /dev/sda",
    )
    assert parts["tools/smartctl-sdb.txt"].problem == "no answer in time"
    assert parts["tools/lspci.txt"].problem == "not installed"
    assert parts["tools/ps.txt"].truncated


async def test_no_secret_of_any_source_comes_through(tmp_path: Path) -> None:
    secret = "hunter2-Tr0ub4dor"
    log = tmp_path / "sysroot/var/log/kern.log"
    machine = sysroot(tmp_path)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"boot\nkernel: root=/dev/sda1 password={secret}\n")
    (machine.root / "proc").mkdir(exist_ok=True)
    (machine.root / "proc/cmdline").write_text(f"quiet luks.key={secret}")
    (tmp_path / "status.json").write_text(json.dumps({"last_error": f"proxy http://me:{secret}@p:1"}))
    (tmp_path / "identity").mkdir()
    (tmp_path / "identity/key.pem").write_text("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----")
    parts, _ = await gathered(tmp_path, says(f"token: {secret}"), Asked())
    assert secret not in "".join(part.text for part in parts.values())
    assert "QUJD" not in "".join(part.text for part in parts.values())
    assert parts["kernel-log.txt"].redactions == 1
    assert parts["agent/status.json"].redactions == 1
    assert parts["files/proc-cmdline.txt"].redactions == 1
    assert parts["tools/ps.txt"].redactions == 1


async def test_mdadm_is_not_asked_while_a_disk_sleeps(tmp_path: Path) -> None:
    raid = Asked("", ("raid.degraded",), ("raid:md0",))
    for case in ("a", "b"):
        array = tmp_path / case / "sysroot/sys/block/md0/md"
        array.mkdir(parents=True)
        (array / "array_state").write_text("clean\n")
    asleep = "Device is in STANDBY mode, exit(2)\n"
    parts, commands = await gathered(tmp_path / "a", says(asleep), raid)
    assert "would be woken" in parts["tools/mdadm-md0.txt"].problem
    assert parts["files/sys-block-md0-md-array_state.txt"].text == "clean\n"
    assert not any(argv[0] == "mdadm" for argv in commands.asked)
    _, commands = await gathered(tmp_path / "b", says("awake"), raid)
    assert any(argv[0] == "mdadm" for argv in commands.asked)


async def test_what_would_take_too_long_is_left_out(tmp_path: Path) -> None:
    clock = FakeClock()

    def slow(_argv: Sequence[str]) -> CommandResult:
        clock.move(20)
        return CommandResult(b"late", 0)

    parts, commands = await gathered(tmp_path, slow, Asked(), clock)
    assert len(commands.asked) <= gathering.ALL_SECONDS / 20 + 4 + 20  # the probes ask, too
    assert any(part.problem == "not asked: the time was up" for part in parts.values())


async def test_health_inventory_and_the_end_of_the_log_are_in_it(tmp_path: Path) -> None:
    log = tmp_path / "sysroot/var/log/kern.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(10_000)))
    parts, _ = await gathered(tmp_path, says(""))
    assert parts["kernel-log.txt"].text.endswith("line 9999")
    assert parts["kernel-log.txt"].truncated
    assert json.loads(parts["inventory.json"].text)["serial"] == "LGX-7"
    assert json.loads(parts["health.json"].text)["points"]
    assert parts["agent/findings.json"].problem == "No such file or directory"


# -- the bundle --------------------------------------------------------------------------------------------


def test_the_manifest_names_every_part(tmp_path: Path) -> None:
    parts = [
        Part("a.txt", "tool -x", "text", 3, 1.5, True, "", 2),
        Part("b.txt", "/proc/b", "", problem="absent"),
    ]
    bundle = packing.write(tmp_path / "b", DISK, parts, 1_772_442_000_000_000)
    assert bundle == packing.measured(tmp_path / "b")
    content = unpacked(tmp_path / "b")
    assert content.keys() == {"manifest.json", "a.txt"}
    manifest = json.loads(content["manifest.json"])
    assert (manifest["ticket"], manifest["codes"]) == (DISK.ticket, ["disk.pending-sectors"])
    first, second = manifest["parts"]
    assert first == {
        "name": "a.txt",
        "source": "tool -x",
        "bytes": 4,
        "exit_code": 3,
        "seconds": 1.5,
        "truncated": True,
        "problem": "",
        "secrets_removed": 2,
    }
    assert (second["bytes"], second["problem"]) == (0, "absent")
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


def test_a_bundle_never_grows_beyond_what_may_be_sent(tmp_path: Path) -> None:
    noise = os.urandom(700_000).decode("latin-1")  # 1 MB of UTF-8 that compresses badly
    parts = [Part(f"{number}.txt", "noise", noise) for number in range(300)]
    bundle = packing.write(tmp_path / "b", Asked(), parts, 0)
    assert bundle.size <= MAX_BUNDLE_BYTES
    manifest = json.loads(unpacked(tmp_path / "b")["manifest.json"])
    assert manifest["left_out"] == 100
    assert manifest["parts"][0]["truncated"] is False
    assert manifest["parts"][-1]["truncated"] is True
    assert sum(part["bytes"] for part in manifest["parts"]) == packing.ALL_BYTES


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        packing.write(tmp_path / "b", Asked(), [], 0)
    assert list(tmp_path.iterdir()) == []


# -- the process -------------------------------------------------------------------------------------------


async def test_a_process_of_its_own_makes_it(tmp_path: Path) -> None:
    SimulatedMachine(tmp_path / "sysroot", serial="LGX-7")
    config = AgentConfig(state_dir=tmp_path, sysroot=tmp_path / "sysroot", proxy="http://u:secretword@p:1")
    bundle = await child.make(config, SystemClock(), DISK, tmp_path / "b")
    assert bundle == packing.measured(tmp_path / "b")
    content = unpacked(tmp_path / "b")
    assert json.loads(content["inventory.json"])["serial"] == "LGX-7"
    assert b"secretword" not in b"".join(content.values())


async def test_where_it_cannot_be_written_the_reason_is_told(tmp_path: Path) -> None:
    config = AgentConfig(state_dir=tmp_path, sysroot=tmp_path)
    with pytest.raises(child.NoBundle, match="No such file"):
        await child.make(config, SystemClock(), Asked(), tmp_path / "nowhere" / "b")


def test_the_process_that_is_asked_nonsense_says_so() -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "logix_agent.diagnostics.work"], input=b"[]", capture_output=True, check=False
    )
    assert done.returncode == 1
    assert "error" in json.load(io.BytesIO(done.stdout))
