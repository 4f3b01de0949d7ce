"""Reading below a root: bounded, never outside of it, absent apart from unreadable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from logix_agent.host.paths import HostPaths, Reading


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A captured tree beside a file that is none of its business."""
    (tmp_path / "secret").write_text("outside")
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/name").write_text("inside\n")
    return tree


def test_reads_inside_the_root(root: Path) -> None:
    paths = HostPaths(root)
    assert paths.read("/etc/name") == Reading(b"inside\n")
    assert paths.line("/etc/name") == "inside"


def test_absent_is_told_apart_from_unreadable(root: Path) -> None:
    paths = HostPaths(root)
    (root / "etc/folder").mkdir()
    os.mkfifo(root / "etc/pipe")
    assert paths.read("/etc/nothing").absent
    assert paths.read("/etc/name/below").absent
    for odd in ("/etc/folder", "/etc/pipe", "/etc/na\0me"):  # a FIFO must not be waited for
        reading = paths.read(odd)
        assert reading.data is None
        assert not reading.absent
        assert reading.problem


def test_no_more_than_the_limit_is_read(root: Path) -> None:
    (root / "big").write_bytes(b"x" * 100_000)
    reading = HostPaths(root).read("/big", limit=1_000)
    assert reading.data == b"x" * 1_000
    assert reading.truncated
    assert not HostPaths(root).read("/big", limit=100_000).truncated


@pytest.mark.parametrize("target", ["../secret", "/secret", "../../../../../secret", "etc/../../secret"])
def test_links_never_lead_out_of_the_root(root: Path, target: str) -> None:
    (root / "link").symlink_to(target)
    reading = HostPaths(root).read("/link")
    assert reading.data is None
    assert reading.absent
    assert HostPaths(root).read("/../secret").absent


def test_links_are_followed_as_if_the_root_were_slash(root: Path) -> None:
    (root / "sys/class").mkdir(parents=True)
    (root / "sys/class/absolute").symlink_to("/etc")
    (root / "sys/class/relative").symlink_to("../../etc")
    paths = HostPaths(root)
    assert paths.line("/sys/class/absolute/name") == "inside"
    assert paths.names("/sys/class/relative") == ["name"]
    assert paths.link("/sys/class/absolute") == "/etc"
    assert paths.exists("/sys/class/relative/name")


def test_a_circle_of_links_is_unreadable(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    assert HostPaths(root).read("/a").problem
    assert HostPaths(root).names("/a") is None


def test_names_are_bounded(root: Path) -> None:
    for number in range(30):
        (root / f"etc/{number:02}").touch()
    assert len(HostPaths(root).names("/etc", limit=10) or ()) == 10
    assert HostPaths(root).names("/nothing") is None


def test_the_machine_itself_is_read_as_it_is() -> None:
    paths = HostPaths()
    assert paths.live
    assert float(paths.line("/proc/uptime").split()[0]) > 0
