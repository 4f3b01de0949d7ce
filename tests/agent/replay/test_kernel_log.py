"""Kernel logs of our own writing, in every form that tools print: `COMPONENT-LEVEL.what.txt` is faulty."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import kernel_log
from logix_agent.probes import kernel_log as log
from logix_agent.probes.log_readings import KernelLog
from logix_agent.replay import command
from logix_agent.replay.kernel_log import judged

from tests.agent.machine_facts import FIXTURES

FOLDER = FIXTURES / "kernel-log"


def answer(path: Path) -> dict[str, object]:
    return command.answer(str(path), judged(path))


def each(folder: str) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted((FOLDER / folder).iterdir())]


@pytest.mark.parametrize("path", each("faulty"))
def test_a_fault_is_named_with_its_level(path: Path) -> None:
    told = answer(path)
    component, level = path.name.split(".")[0].rsplit("-", 1)
    findings = told["findings"]
    assert told["verdict"] == "faulty"
    assert component in {finding["component"] for finding in findings}
    assert min(finding["level"] for finding in findings) == int(level), findings


@pytest.mark.parametrize("path", each("healthy"))
def test_alarming_words_are_no_faults(path: Path) -> None:
    assert (answer(path)["verdict"], answer(path)["findings"]) == ("healthy", [])


@pytest.mark.parametrize("path", each("unknown"))
def test_what_is_no_kernel_log_is_unknown(path: Path) -> None:
    assert (answer(path)["verdict"], answer(path)["findings"]) == ("unknown", [])


LINE = "critical medium error, dev sdz, sector 9 op 0x0:(READ) flags 0x0"


@pytest.mark.parametrize(
    "form",
    [
        "[ 12.345678] {}",
        "[   12.345678][  T123] {}",
        "[   12.345678 <    0.000001>] {}",
        "[Mon Jan  2 15:04:05 2023] {}",
        "[Feb 7 03:34] {}\n[  +0.000001] x",
        "<3>[   12.3] {}",
        "<3>{}",
        "kern  :err   : [   12.3] {}",
        "Jan  2 15:04:05 host kernel: {}",
        "Jan  2 15:04:05 host kernel: [   12.3] {}",
        "Jan  2 15:04:05 host kern.err kernel: {}",
        "Mon Jan  2 15:04:05 2023 kern.err kernel: [   12.3] {}",
        "Mon 2023-01-02 15:04:05 UTC host kernel: {}",
        "2023-01-02T15:04:05.123456+03:00 host kernel: [   12.3] {}",
        "2023-01-02T15:04:05+0300 host kernel: {}",
        "2023-01-02T15:04:05,123456+00:00 {}",
        "1672671845.123456 host kernel: {}",
        "[   12.345678] host kernel: {}",
        "<3>1 2023-01-02T15:04:05.003Z host kernel - - - {}",
        "3,160,424069,-;{}",
        "3,160,424069,-,caller=T1;{}",
        "6.4.0,3,160,424069,-;{}",
        "\x1b[32m[   12.3] \x1b[0m{}",
        "> [   12.3] {}",
        "Jan  2 15:04:05 host kernel: message repeated 2 times: [ {}]",
        'x\n   "msg": "{}"',
        '{{"dmesg": [{{"pri":3,"time": 1.5,"msg":"{}"}}]}}',
        '{{"MESSAGE":"{}","_TRANSPORT":"kernel"}}',
        "_TRANSPORT=kernel\nMESSAGE={}\n",
        "-- Boot 0123 --\nJan 02 15:04:05 host kernel: {}",
        "[   12.3] {}\r",
    ],
)
def test_every_form_of_a_log_is_read(form: str) -> None:
    reading = log.parse(form.format(LINE))
    assert isinstance(reading, KernelLog)
    assert [(seen.part, seen.severity) for seen in kernel_log.judge(reading).sightings] == [("disk:@sdz", 2)]


def test_a_program_that_quotes_the_kernel_is_not_believed() -> None:
    reading = log.parse(f"Jan  2 15:04:05 host app[7]: {LINE}\nJan  2 15:04:05 host kernel: hello\n")
    assert kernel_log.judge(reading).sightings == ()


def test_a_port_is_known_by_the_disk_that_its_errors_name() -> None:
    text = (
        "[1.0] ata7.00: exception Emask 0x0 SAct 0x1 SErr 0x0 action 0x0\n[1.0] ata7.00: error: { UNC }\n"
        "[1.1] sd 6:0:0:0: [sdg] tag#1 Sense Key : Medium Error [current]\n[1.2] ata7: EH complete\n"
    )
    assert {seen.part for seen in kernel_log.judge(log.parse(text)).sightings} == {"disk:@sdg"}


def test_an_array_that_was_rebuilt_is_whole() -> None:
    text = "[1.0] md/raid1:md0: active with 1 out of 2 mirrors\n"
    assert [seen.code for seen in kernel_log.judge(log.parse(text)).sightings] == ["raid.degraded"]
    assert kernel_log.judge(log.parse(text + "[9.0] md: md0: recovery done.\n")).sightings == ()


@given(st.text(max_size=600) | st.binary(max_size=600).map(lambda data: data.decode("utf-8", "replace")))
def test_any_text_is_answered(text: str) -> None:
    kernel_log.judge(log.parse(text))


SAMPLES = [path.read_text() for path in sorted(FOLDER.rglob("*.txt"))]


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_logs_are_answered(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    other = data.draw(st.text(max_size=20) | st.sampled_from(SAMPLES))
    judgement = kernel_log.judge(log.parse(text[:place] + other + text[place + len(other) :]))
    assert all(len(entry.line) <= 512 for seen in judgement.sightings for entry in seen.evidence)


LONG = (
    "[" * 3000,
    " " * 5000,
    "BTRFS error (device " + "a" * 4000,
    '{"' * 2000,
    "EDAC MC0: CE page" + " ," * 900,
    "atchdog previous reset" + " by" * 400,
)


@pytest.mark.parametrize("line", LONG)
def test_no_line_takes_long(line: str) -> None:
    began = time.process_time()
    kernel_log.judge(log.parse("[1.0] x\n" + f"[1.0] {line}\n" * 50 + f"{line}\n" * 50))
    assert time.process_time() - began < 3.0
