"""The kernel's ring buffer, by a pipe that gives one record a read as /dev/kmsg does, and by the real one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from logix_agent.host import kernel_ring
from logix_agent.host.kernel_ring import DEVICE, KernelRing


class Kernel:
    """A pipe in packet mode (pipe(2), O_DIRECT): what is written at once is read at once, and only once."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe2(os.O_DIRECT | os.O_CLOEXEC | os.O_NONBLOCK)
        self.device = Path(f"/proc/self/fd/{self._out}")
        self.number = 0

    def log(self, *texts: str) -> None:
        for text in texts:
            self.number += 1
            record = f"6,{self.number},{self.number * 1_000_000},-;{text}\n SUBSYSTEM=block\n DEVICE=b8:0\n"
            os.write(self._in, record.encode())

    def close(self) -> None:
        os.close(self._out)
        os.close(self._in)


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    made = Kernel()
    yield made
    made.close()


def texts(ring: KernelRing) -> list[str]:
    drawn = ring.read()
    assert drawn is not None
    return [record.partition(";")[2] for record in drawn.records]


def settle(ring: KernelRing) -> None:
    drawn = ring.read()
    assert drawn is not None
    ring.settle(drawn.upto)


def test_each_record_is_given_until_it_is_settled(kernel: Kernel) -> None:
    ring = KernelRing(kernel.device)
    kernel.log("a", "b")
    assert texts(ring) == ["a", "b"]
    kernel.log("c")
    assert texts(ring) == ["a", "b", "c"]  # whoever read the first two did not get to judge them
    settle(ring)
    assert texts(ring) == []
    kernel.log("d")
    assert texts(ring) == ["d"]


def test_what_is_settled_late_takes_nothing_that_came_later(kernel: Kernel) -> None:
    ring = KernelRing(kernel.device)
    kernel.log("a")
    first = ring.read()
    assert first is not None
    kernel.log("b")
    assert texts(ring) == ["a", "b"]
    ring.settle(first.upto)
    assert texts(ring) == ["b"]
    ring.settle(first.upto)
    assert texts(ring) == ["b"]


def test_what_finds_no_room_stays_with_the_kernel(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_ring, "MAX_RECORDS", 3)
    ring = KernelRing(kernel.device)
    kernel.log("a", "b", "c", "d", "e")
    assert texts(ring) == texts(ring) == ["a", "b", "c"]
    settle(ring)
    assert texts(ring) == ["d", "e"]


def test_the_newest_are_given_however_much_the_buffer_holds(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_ring, "MAX_RECORDS", 3)
    kernel.log(*"abcdefgh")
    newest = KernelRing(kernel.device).newest(4)
    assert newest is not None
    assert ([record.partition(";")[2] for record in newest[0]], newest[1]) == (list("efgh"), True)
    assert KernelRing(kernel.device).newest(4) == ((), False)


def test_records_overwritten_unread_are_passed_over_and_counted(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.log("a", "b")
    ring, read, refusals = KernelRing(kernel.device), os.read, [True, False, True]

    def overwritten(descriptor: int, size: int) -> bytes:
        if refusals and refusals.pop(0):
            raise OSError(errno.EPIPE, "overwritten")
        return read(descriptor, size)

    monkeypatch.setattr(kernel_ring.os, "read", overwritten)
    drawn = ring.read()
    assert drawn is not None
    assert (len(drawn.records), drawn.lost) == (2, 2)


def test_a_device_opened_anew_gives_nothing_twice(tmp_path: Path) -> None:
    """A file gives the same records at each opening, as the kernel does."""
    log = tmp_path / "kmsg"
    log.write_text("6,1,1,-;a\n")
    ring = KernelRing(log)
    assert texts(ring) == ["a"]
    ring.close()
    assert texts(ring) == ["a"]
    settle(ring)
    ring.close()
    assert texts(ring) == []


def test_a_device_that_fails_gives_what_was_read(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.log("a")
    ring = KernelRing(kernel.device)
    assert texts(ring) == ["a"]

    def gone(descriptor: int, size: int) -> bytes:
        raise OSError(errno.ENODEV, "gone")

    monkeypatch.setattr(kernel_ring.os, "read", gone)
    assert texts(ring) == ["a"]
    settle(ring)
    assert ring.read() is None


def test_where_there_is_no_device_nothing_is_read(tmp_path: Path) -> None:
    assert KernelRing(tmp_path / "none").read() is None


@pytest.mark.skipif(not os.access(DEVICE, os.R_OK), reason="needs to read this machine's kernel log")
def test_this_machines_own_log_is_read_to_its_end() -> None:
    ring = KernelRing()
    drawn = ring.read()
    if drawn is None:
        pytest.skip("the kernel does not give its log here")
    assert len(drawn.records) <= kernel_ring.MAX_RECORDS
    assert all(record.partition(";")[0].count(",") >= 3 for record in drawn.records)
    ring.settle(drawn.upto)
    again = ring.read()
    assert again is not None
    assert len(again.records) < max(10, len(drawn.records))
    ring.close()
