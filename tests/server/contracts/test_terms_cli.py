"""`logix-server terms`: JSON lines in, the same lines with answers out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server.contracts import terms_cli
from logix_server.contracts.working_time.holidays_tr import office_calendar
from logix_server.json_lines import MAX_LINE_BYTES, answer_lines

FACTS = {"vendor": "logix", "hardware": "logix", "purchased_on": "2024-05-10"}
ASKED = {"action": "ticket.open", "at": "2025-03-02T10:00:00+03:00", "facts": FACTS}
ADDED = frozenset({"allowed", "clauses", "reason", "until"})


def decided(*lines: object) -> tuple[list[dict[str, Any]], int]:
    """The answers to lines (bytes as they are, anything else as JSON), and how many were bad."""
    raw = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    out = io.BytesIO()
    bad = answer_lines(io.BytesIO(raw), out, lambda line: terms_cli.decided(line, office_calendar), ADDED)
    return [json.loads(line) for line in out.getvalue().decode().splitlines()], bad


def program(*arguments: str, asked: bytes, tmp_path: Path) -> subprocess.CompletedProcess[bytes]:
    """The command itself, on a machine where no server was ever set up."""
    environment = {**os.environ, "LOGIX_DATA": str(tmp_path / "none")}
    environment.pop("LOGIX_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "logix_server", "terms", *arguments],
        input=asked,
        capture_output=True,
        env=environment,
        cwd=tmp_path,
        timeout=240,
        check=False,
    )


def test_the_line_comes_back_with_the_four_answers() -> None:
    (answer,), bad = decided({"id": "ü-1", **ASKED})
    assert bad == 0
    assert answer == {
        "id": "ü-1",
        **ASKED,
        "allowed": True,
        "clauses": ["MAT-2", "SUP-1"],
        "reason": {
            "tr": "Yürürlükteki bir destek paketiyle günün her saatinde destek kaydı açılabilir."
            " İlk yılın Temel paketi kapsamındadır (son gün: 10 Mayıs 2025).",
            "en": "With a running support package tickets may be opened at any hour."
            " Covered by the Temel package of the first year, until 10 May 2025.",
        },
        "until": "2025-05-11T00:00:00+03:00",
    }
    assert list(answer) == ["id", "action", "at", "facts", "allowed", "clauses", "reason", "until"]


def test_until_is_null_where_time_alone_changes_nothing() -> None:
    (answer,), _ = decided({**ASKED, "action": "module.security"})
    assert (answer["allowed"], answer["until"]) == (True, None)


def test_order_is_kept_and_bad_lines_stand_in_their_place() -> None:
    answers, bad = decided(ASKED, {**ASKED, "action": "x"}, b"nonsense\n", b"\n", b"  \r\n", [1], ASKED)
    assert bad == 3
    assert [("error" in answer, "allowed" in answer) for answer in answers] == [
        *((False, True), (True, False), (True, False), (True, False), (False, True))
    ]
    assert answers[1]["facts"] == FACTS  # what was an object comes back whole
    assert answers[1]["error"].startswith("action: expected one of ")
    assert list(answers[2]) == ["error"]


def test_a_key_given_twice_among_many_is_found_at_once() -> None:
    count = 60_000  # in a line that is not too long; by comparing each with all it took minutes
    line = "{" + ",".join(f'"k{number}":0' for number in (*range(count), count - 1)) + "}\n"
    begun = time.process_time()
    (refused,), bad = decided(line.encode())
    assert (refused["error"], bad) == (f"k{count - 1}: expected each key once; it is given twice", 1)
    assert time.process_time() - begun < 5


def test_old_answers_are_replaced() -> None:
    (answer, refused), _ = decided({**ASKED, "error": "old"}, {**ASKED, "at": "?", "allowed": True})
    assert "error" not in answer
    assert "allowed" not in refused


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"action": NaN}\n', "NaN"),
        (b'{"action": 1e999}\n', "too large"),
        (b'{"a": 1, "a": 2}\n', "twice"),
        (b"\xff\xfe\n", "UTF-8"),
        (b"[" * 100_000 + b"\n", "nested too deeply"),
        (b"9" * 5_000 + b"\n", "too long"),
        (b'{"action": "' + b"x" * MAX_LINE_BYTES + b'"}\n', "at most"),
        (b'"x', "JSON object"),
        (b"\0\n", "JSON object"),
        (b"null\n", "JSON object"),
    ],
    ids=lambda value: repr(value[:16]) if isinstance(value, bytes) else "",
)
def test_what_is_no_line_of_json_is_refused_alone(line: bytes, expected: str) -> None:
    answers, bad = decided(line if line.endswith(b"\n") else line + b"\n", ASKED)
    assert bad == 1
    assert expected in answers[0]["error"]
    assert answers[1]["allowed"]


def test_a_byte_order_mark_and_a_last_line_without_an_end() -> None:
    answers, bad = decided(b"\xef\xbb\xbf" + json.dumps(ASKED).encode())
    assert (len(answers), bad) == (1, 0)


def test_half_a_surrogate_pair_comes_back_as_it_was_written() -> None:
    (answer,), bad = decided(json.dumps(ASKED).encode().replace(b"{", b'{"id": "\\ud800", ', 1))
    assert (answer["id"], bad) == ("\ud800", 0)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_get_one_json_line_each(raw: bytes) -> None:
    out = io.BytesIO()

    def refuse(_line: object) -> dict[str, Any]:
        raise InvalidInput("x", "y")

    bad = answer_lines(io.BytesIO(raw), out, refuse, ADDED)
    answers = [json.loads(line) for line in out.getvalue().decode().splitlines()]
    assert len(answers) == bad
    assert all(answer["error"] for answer in answers)


def test_the_command_needs_no_database(tmp_path: Path) -> None:
    done = program("decide", asked=json.dumps(ASKED).encode(), tmp_path=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["allowed"] is True
    assert list(tmp_path.iterdir()) == []


def test_a_bad_line_makes_the_exit_1_after_all_are_answered(tmp_path: Path) -> None:
    lines = b"{}\n" + json.dumps(ASKED).encode() + b"\n"
    done = program("decide", asked=lines, tmp_path=tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (list(first), second["allowed"]) == (["error"], True)


def test_reading_3_and_mat_6_deadline(tmp_path: Path) -> None:
    """Reading 2: Temel has no committed time at levels 1 and 2."""
    asked = [
        {"package": "temel", "level": 3, "opened_at": "2026-03-03T07:30:00+03:00"},
        {"package": "temel", "level": 1, "opened_at": "2026-03-03T07:30:00+03:00"},
        {"package": "standart", "level": 2, "opened_at": "2026-03-06T15:30:00+03:00"},
        {"package": "profesyonel", "level": 1, "opened_at": "2026-03-07T22:00:00Z"},
    ]
    done = program("deadline", asked="\n".join(map(json.dumps, asked)).encode(), tmp_path=tmp_path)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [answer["deadline"] for answer in answers]) == (
        0,
        [
            "2026-03-03T17:00:00+03:00",
            None,
            "2026-03-09T11:30:00+03:00",
            "2026-03-08T01:15:00+03:00",
        ],
    )
    assert [{key: answer[key] for key in line} for answer, line in zip(answers, asked, strict=True)] == asked


def test_reading_4_the_hours_are_those_of_the_settings(tmp_path: Path) -> None:
    settings_file = tmp_path / "none" / "server.toml"
    settings_file.parent.mkdir()
    settings_file.write_text('office_hours = "mon-fri 08:00-16:00"\n', encoding="utf-8")
    asked = json.dumps({"package": "temel", "level": 3, "opened_at": "2026-03-03T07:30:00+03:00"})
    done = program("deadline", asked=asked.encode(), tmp_path=tmp_path)
    assert json.loads(done.stdout)["deadline"] == "2026-03-03T16:00:00+03:00"


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    environment = {**os.environ, "LOGIX_DATA": str(tmp_path / "none")}
    lines = (json.dumps(ASKED).encode() + b"\n") * 2_000  # more than a pipe holds
    with subprocess.Popen(
        [sys.executable, "-m", "logix_server", "terms", "decide"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as asked:
        assert asked.stdin and asked.stdout and asked.stderr
        asked.stdin.write(lines[: len(lines) // 2_000])
        asked.stdin.flush()
        assert json.loads(asked.stdout.readline())["allowed"]  # each is answered as it comes
        asked.stdout.close()
        try:
            asked.stdin.write(lines)
            asked.stdin.close()
        except BrokenPipeError:
            pass
        assert asked.stderr.read() == b""
        assert asked.wait(timeout=240) == 1
