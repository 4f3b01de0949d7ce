"""The durable spool: what is put is kept, through kills, damage and full disks; and its bounds."""

from __future__ import annotations

import os
import random
import resource
import secrets
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from logix_agent.link.memory_spool import MemorySpool
from logix_agent.link.spool import Spool, SpoolUnwritable
from logix_agent.link.spool_facts import ENTRY_OVERHEAD, Held, Kind, NewEntry, to_drop

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HEALTH = NewEntry(Kind.HEALTH, b"h" * 300)


def finding(number: int, size: int = 200) -> NewEntry:
    return NewEntry(Kind.FINDING, b"f" * size, number.to_bytes(16, "big"))


def test_entries_come_back_in_order_and_go_when_acknowledged(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 1 << 20, NOW)
    assert spool.put([HEALTH, finding(1), HEALTH]) == 3
    assert [entry.sequence for entry in spool.batch_after(0, 1 << 20, 10)] == [1, 2, 3]
    assert [entry.sequence for entry in spool.batch_after(1, 1 << 20, 1)] == [2]
    assert [entry.sequence for entry in spool.batch_after(0, 10, 10)] == [1]
    spool.acknowledge(2)
    assert (spool.last_acknowledged, spool.last_written) == (2, 3)
    assert [entry.sequence for entry in spool.batch_after(0, 1 << 20, 10)] == [3]
    assert spool.bytes == HEALTH.cost


def test_a_reopened_spool_goes_on_where_it_was(tmp_path: Path) -> None:
    first = Spool(tmp_path / "s", 1 << 20, NOW)
    first.put([finding(1), finding(2)])
    first.acknowledge(2)
    spool_id = first.spool_id
    first.close()
    again = Spool(tmp_path / "s", 1 << 20, NOW)
    assert (again.spool_id, again.last_written, again.last_acknowledged, again.bytes) == (spool_id, 2, 2, 0)
    assert again.put([finding(3)]) == 3  # a sequence is never used twice, also when nothing is left


def test_an_acknowledgement_never_goes_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 1 << 20, NOW)
    spool.put([finding(1), finding(2)])
    spool.acknowledge(2)
    spool.acknowledge(1)
    assert spool.last_acknowledged == 2


@pytest.mark.parametrize("damage", ["garbage", "truncated", "empty table", "newer format"])
def test_a_damaged_spool_is_moved_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "s"
    spool = Spool(path, 1 << 20, NOW)
    spool.put([finding(number, 4000) for number in range(50)])
    old = spool.spool_id
    spool.close()
    content = bytearray(path.read_bytes())
    if damage == "garbage":
        path.write_bytes(secrets.token_bytes(50_000))
    elif damage == "truncated":
        path.write_bytes(content[: len(content) // 2 - 100])
    else:
        import sqlite3

        with sqlite3.connect(path) as connection:
            connection.execute("delete from state" if damage == "empty table" else "pragma user_version = 99")
        connection.close()
    anew = Spool(path, 1 << 20, NOW)
    assert anew.replaced
    assert anew.spool_id != old
    assert anew.put([finding(1)]) == 1
    assert [kept.name for kept in tmp_path.glob("s.damaged-*")] == ["s.damaged-20260302T090000"]


def test_the_oldest_health_goes_first_and_findings_never(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 20_000, NOW)
    for number in range(100):
        spool.put([HEALTH, finding(number, 50)])
    left = spool.batch_after(0, 1 << 20, 1000)
    findings = [entry for entry in left if entry.payload[:1] == b"f"]
    healths = [entry for entry in left if entry.payload[:1] == b"h"]
    assert len(findings) == 100
    assert spool.bytes <= 20_000
    assert 0 < len(healths) < 100
    assert min(entry.sequence for entry in healths) > 50


def test_only_the_middle_of_a_findings_story_is_folded(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 5_000, NOW)
    for _ in range(100):
        spool.put([finding(1)])
    spool.put([finding(2)])
    left = [entry.sequence for entry in spool.batch_after(0, 1 << 20, 1000)]
    assert left[0] == 1
    assert left[-2:] == [100, 101]
    assert spool.bytes <= 5_000


def test_the_bound_gives_way_to_findings(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", 5_000, NOW)
    for number in range(200):
        spool.put([finding(number)])
    assert len(spool.batch_after(0, 1 << 30, 1000)) == 200
    spool.put([HEALTH])
    assert spool.count(Kind.HEALTH) == 0


kinds = st.sampled_from(Kind)
entries = st.builds(
    lambda kind, size, who: NewEntry(kind, b"x" * size, bytes([who]) * 16 if kind is Kind.FINDING else b""),
    kinds,
    st.integers(0, 900),
    st.integers(0, 3),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(entries, max_size=5), max_size=25))
def test_no_story_loses_its_first_or_last_word(
    tmp_path_factory: pytest.TempPathFactory, puts: list[list[NewEntry]]
) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool") / "s", 3_000, NOW)
    all_put: list[NewEntry] = []
    for put in puts:
        spool.put(put)
        all_put += put
    left = {entry.sequence for entry in spool.batch_after(0, 1 << 30, 10_000)}
    stories: dict[bytes, list[int]] = {}
    for sequence, entry in enumerate(all_put, 1):
        if entry.kind is Kind.FINDING:
            stories.setdefault(entry.finding_id, []).append(sequence)
    for sequences in stories.values():
        assert {sequences[0], sequences[-1]} <= left
    costs = sum(all_put[sequence - 1].cost for sequence in left)
    assert spool.bytes == costs
    if spool.bytes > 3_000:  # then nothing was left that might go
        held = [
            Held(s, all_put[s - 1].kind, all_put[s - 1].cost, all_put[s - 1].finding_id) for s in sorted(left)
        ]
        assert to_drop(held, 1) == []
    spool.close()


@example(
    [NewEntry(Kind.FINDING, b"x" * 404, bytes([n]) * 16) for n in range(3)] + [NewEntry(Kind.HEALTH, b"")],
    500,
)
@given(st.lists(entries, max_size=60), st.integers(500, 5_000))
def test_memory_is_bounded_and_drops_health_before_findings(put: list[NewEntry], bound: int) -> None:
    memory = MemorySpool(bound)
    for entry in put:
        findings = memory.count(Kind.FINDING) + (entry.kind is Kind.FINDING)
        memory.put([entry])
        if memory.count(Kind.FINDING) < findings:
            assert memory.count(Kind.HEALTH) == 0
    assert memory.bytes <= max(bound, max((entry.cost for entry in put), default=0))
    assert memory.bytes == sum(len(e.payload) + ENTRY_OVERHEAD for e in memory.batch_after(0, 1 << 30, 1000))


_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from logix_agent.link.spool import Spool
from logix_agent.link.spool_facts import Kind, NewEntry
spool = Spool(Path(sys.argv[1]), 1 << 24, datetime.now(UTC))
number = spool.last_written
while True:
    numbers = range(number + 1, number + 2 + number % 5)
    number = spool.put([NewEntry(Kind.FINDING, b"%d" % n, n.to_bytes(16, "big")) for n in numbers])
    print(number, flush=True)
    if number % 7 == 0:
        spool.acknowledge(number // 2)
"""


def test_kill_9_loses_nothing_that_was_put(tmp_path: Path) -> None:
    path = tmp_path / "s"
    rng = random.Random(7)
    told = 0
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(rng.randint(1, 60)):
            told = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split("\n")
        told = max([told, *(int(line) for line in rest[:-1] if line)])
        writer.wait()
        spool = Spool(path, 1 << 24, NOW)
        assert not spool.replaced
        kept = spool.batch_after(0, 1 << 30, 1_000_000)
        assert spool.last_written >= told
        assert [entry.sequence for entry in kept] == list(
            range(spool.last_acknowledged + 1, spool.last_written + 1)
        )
        assert all(entry.payload == str(entry.sequence).encode() for entry in kept)
        spool.close()
    assert told > 50


def test_a_full_disk_is_said_and_nothing_is_half_kept(tmp_path: Path) -> None:
    """A limit on the file size stands for the full disk: the write fails in the same place (EFBIG)."""
    path = tmp_path / "s"
    spool = Spool(path, 1 << 26, NOW)
    spool.put([finding(1)])
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, old[1]))
    try:
        with pytest.raises(SpoolUnwritable):
            spool.put([finding(number, 4000) for number in range(2, 102)])
        assert spool.last_written == 1
        assert [entry.sequence for entry in spool.batch_after(0, 1 << 20, 10)] == [1]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert spool.put([finding(2)]) == 2
    spool.close()
    again = Spool(path, 1 << 26, NOW)
    assert not again.replaced
    assert [entry.sequence for entry in again.batch_after(0, 1 << 20, 10)] == [1, 2]


def test_no_folder_is_unwritable_and_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(SpoolUnwritable):
        Spool(tmp_path / "missing" / "s", 1 << 20, NOW)
