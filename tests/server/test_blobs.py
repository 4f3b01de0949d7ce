"""The contract of `blobs.Blobs`, held by the directory and by the fake; and what the directory adds."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from logix_common.errors import InvalidInput
from logix_server.blob_directory import BlobDirectory
from logix_server.blobs import BlobMissing, BlobRef, Blobs, BlobStoreFailed

from tests.fakes.blobs import FakeBlobs

HOUR = timedelta(hours=1)


@pytest.fixture(params=["directory", "fake"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return BlobDirectory(tmp_path / "blobs") if request.param == "directory" else FakeBlobs()


def content(blobs: Blobs, ref: BlobRef) -> bytes:
    with blobs.open(ref) as stream:
        return stream.read()


def now() -> datetime:
    return datetime.now(UTC)


def test_what_is_put_is_found_by_its_digest(blobs: Blobs) -> None:
    ref = blobs.put([b"a disk", b"", b" fails"])
    assert ref == BlobRef(hashlib.sha256(b"a disk fails").hexdigest(), 12)
    assert content(blobs, ref) == b"a disk fails"


def test_nothing_is_content_too(blobs: Blobs) -> None:
    ref = blobs.put([])
    assert ref.size == 0
    assert content(blobs, ref) == b""


def test_the_same_content_is_stored_once(blobs: Blobs) -> None:
    assert blobs.put([b"same"]) == blobs.put([b"sa", b"me"])
    assert len(list(blobs.last_put_before(now() + HOUR))) == 1


def test_what_is_too_large_is_refused_and_leaves_nothing(blobs: Blobs) -> None:
    assert blobs.put([b"12345"], limit=5).size == 5
    with pytest.raises(InvalidInput, match="at most 5 bytes"):
        blobs.put([b"123", b"456"], limit=5)
    assert [ref.size for ref in blobs.last_put_before(now() + HOUR)] == [5]


def test_a_giver_that_fails_leaves_nothing(blobs: Blobs) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.put(broken())
    assert list(blobs.last_put_before(now() + HOUR)) == []


def test_what_is_not_there_is_said_to_be_missing(blobs: Blobs) -> None:
    with pytest.raises(BlobMissing):
        blobs.open(BlobRef("0" * 64, 1))


def test_what_was_put_lately_is_not_deleted(blobs: Blobs) -> None:
    ref = blobs.put([b"kept"])
    assert not blobs.delete(ref, now() - HOUR)
    assert content(blobs, ref) == b"kept"
    assert blobs.delete(ref, now() + HOUR)
    assert blobs.delete(ref, now() + HOUR)  # it is gone
    with pytest.raises(BlobMissing):
        blobs.open(ref)


def test_a_blob_is_listed_while_nobody_puts_it_again(blobs: Blobs) -> None:
    ref = blobs.put([b"old"])
    assert list(blobs.last_put_before(now() + HOUR)) == [ref]
    assert list(blobs.last_put_before(now() - HOUR)) == []


@pytest.mark.parametrize("name", ["", "../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_a_name_is_a_digest_and_nothing_else(name: str) -> None:
    with pytest.raises(InvalidInput):
        BlobRef(name, 0)


def test_nobody_else_may_read_the_directory(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "blobs"
    BlobDirectory(folder).put([b"secret"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_what_a_crash_left_half_written_is_swept(tmp_path: Path) -> None:
    blobs = BlobDirectory(tmp_path)
    blobs.put([b"whole"])
    left = tmp_path / "incoming" / "0123"
    left.write_bytes(b"half")
    assert len(list(blobs.last_put_before(now() - HOUR))) == 0
    assert left.exists()
    assert len(list(blobs.last_put_before(now() + HOUR))) == 1
    assert not left.exists()


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where the directory should be")
    with pytest.raises(BlobStoreFailed):
        BlobDirectory(tmp_path / "blobs").put([b"x"])


def test_a_put_and_a_removal_at_once_lose_nothing(tmp_path: Path) -> None:
    """Whoever has put a blob finds it, however often others remove what is older."""
    blobs = BlobDirectory(tmp_path)
    ref = blobs.put([b"contested"])

    def put_and_look(_turn: int) -> bytes:
        before = now()
        blobs.put([b"contested"])
        blobs.delete(ref, before - timedelta(seconds=30))
        return content(blobs, ref)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(put_and_look, range(40))) == {b"contested"}
