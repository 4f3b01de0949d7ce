"""Keys as files: closed to others, whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest
from logix_common.errors import InvalidInput
from logix_server.pki.store import KeyStore, write_private_file


@pytest.fixture
def store(tmp_path):
    return KeyStore(tmp_path / "pki")


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_are_0600_in_0700_whatever_the_umask(store):
    before = os.umask(0)
    try:
        key = store.new_key(1, "root")
    finally:
        os.umask(before)
    assert mode(store.folder) == 0o700
    assert mode(store.folder / "generation-1") == 0o700
    assert mode(store.folder / "generation-1" / "root.key") == 0o600
    assert store.key(1, "root").private_numbers() == key.private_numbers()


@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_not_loaded(store, open_to):
    store.new_key(1, "root")
    (store.folder / "generation-1" / "root.key").chmod(open_to)
    with pytest.raises(InvalidInput, match="chmod 600"):
        store.key(1, "root")


def test_a_missing_key_says_what_to_do(store):
    with pytest.raises(InvalidInput, match="init"):
        store.key(1, "root")


def test_a_write_that_fails_leaves_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    write_private_file(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]
