"""What has come of uploads: where it lies, who may write it, how long it stays; how much one may bring."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common import reasons
from logix_common.errors import Refused
from logix_server.link.partials import Partials
from logix_server.link.upload_allowance import BEGIN_COST, BURST, RATE, UploadAllowance

ORDER, DIGEST = "ab" * 16, "cd" * 32


def test_it_goes_on_where_the_file_ends(tmp_path: Path) -> None:
    partials = Partials(tmp_path / "uploads")
    first = partials.open(ORDER, DIGEST, 10)
    assert first.offset == 0
    first.append(b"hello")
    first.close()
    again = partials.open(ORDER, DIGEST, 10)
    assert again.offset == 5
    again.append(b"world")
    assert again.digest() == hashlib.sha256(b"helloworld").hexdigest()
    assert b"".join(again.pieces()) == b"helloworld"
    again.remove()
    again.close()
    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("total", "free", "taken"),
    [
        (100 << 30, 2 << 30, True),
        (100 << 30, (1 << 30) + 19, False),  # it needs its room twice: as a file, and as a blob
        (1 << 30, 60 << 20, True),  # a small disk: five per cent
        (1 << 30, 50 << 20, False),
    ],
)
def test_uploads_leave_room_for_faults(tmp_path: Path, total: int, free: int, taken: bool) -> None:
    partials = Partials(tmp_path, lambda _folder: (total, free))
    if taken:
        partials.open(ORDER, DIGEST, 10).close()
        return
    with pytest.raises(OSError, match="too little room"):
        partials.open(ORDER, DIGEST, 10)
    assert list(tmp_path.iterdir()) == []


def test_what_goes_on_after_the_end_touches_no_other_file(tmp_path: Path) -> None:
    """A call that is cancelled leaves its thread at work, and the number of its file to the next file."""
    partials = Partials(tmp_path / "uploads")
    held = partials.open(ORDER, DIGEST, 600_000)
    held.append(bytes(600_000))
    reading = held.pieces()
    assert next(reading) == bytes(256 * 1024)
    held.close()
    with (tmp_path / "another").open("w+b") as other:
        other.write(b"a" * 600_000)
        other.flush()
        assert b"".join(reading) == bytes(600_000 - 256 * 1024)
        with pytest.raises(OSError, match="over"):
            held.append(b"b" * 10)
        with pytest.raises(OSError, match="over"):
            held.digest()
        held.close()
    assert (tmp_path / "another").read_bytes() == b"a" * 600_000
    partials.open(ORDER, DIGEST, 600_000).close()  # nobody holds it any more


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    partials = Partials(tmp_path)
    held = partials.open(ORDER, DIGEST, 10)
    with pytest.raises(Refused, match=reasons.SERVER_BUSY):
        partials.open(ORDER, DIGEST, 10)
    held.close()
    partials.open(ORDER, DIGEST, 10).close()


def test_other_content_of_an_order_takes_the_place_of_what_came_before(tmp_path: Path) -> None:
    partials = Partials(tmp_path)
    partials.open(ORDER, DIGEST, 10).close()
    partials.open("12" * 16, DIGEST, 10).close()
    partials.open(ORDER, "ef" * 32, 10).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{'12' * 16}-{DIGEST}",
        f"{ORDER}-{'ef' * 32}",
    ]


def test_a_file_longer_than_was_announced_begins_anew(tmp_path: Path) -> None:
    partials = Partials(tmp_path)
    (tmp_path / f"{ORDER}-{DIGEST}").write_bytes(b"x" * 11)
    held = partials.open(ORDER, DIGEST, 10)
    assert held.offset == 0
    held.close()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    held = Partials(tmp_path / "uploads").open(ORDER, DIGEST, 10)
    held.close()
    assert stat.S_IMODE((tmp_path / "uploads").stat().st_mode) == 0o700
    assert stat.S_IMODE(next((tmp_path / "uploads").iterdir()).stat().st_mode) == 0o600


def test_what_is_given_up_is_removed_and_what_goes_on_stays(tmp_path: Path) -> None:
    partials = Partials(tmp_path / "uploads")
    now = datetime.now(UTC)
    assert partials.tidy(now) == 0  # there is no folder yet
    for order in (ORDER, "12" * 16):
        partials.open(order, DIGEST, 10).close()
    os.utime(tmp_path / "uploads" / f"{ORDER}-{DIGEST}", (0, 0))
    assert partials.tidy(now - timedelta(days=1)) == 1
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == [f"{'12' * 16}-{DIGEST}"]


def test_so_much_at_once_and_then_no_more_than_comes_back() -> None:
    allowance = UploadAllowance()
    for _ in range(39):
        assert allowance.seconds_to_wait("a", 8_000_000, 0.0) == 0.0
    wait = allowance.seconds_to_wait("a", 8_000_000, 0.0)
    assert wait > 0
    assert allowance.seconds_to_wait("b", 8_000_000, 0.0) == 0.0
    assert allowance.seconds_to_wait("a", 8_000_000, wait + 1) == 0.0


@given(st.lists(st.tuples(st.integers(0, 8_000_000), st.floats(0, 3_600)), max_size=200))
def test_over_any_time_no_more_than_burst_and_rate(uploads: list[tuple[int, float]]) -> None:
    allowance, now, taken = UploadAllowance(), 0.0, 0.0
    for size, pause in uploads:
        now += pause
        if not allowance.seconds_to_wait("a", size, now):
            taken += size + BEGIN_COST
    assert taken <= BURST + now * RATE + 1


def test_devices_that_come_and_go_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logix_server.link.upload_allowance._REMEMBERED", 10)
    allowance = UploadAllowance()
    for number in range(1_000):
        allowance.seconds_to_wait(str(number), 1, float(number))
    assert len(allowance._devices) <= 11
