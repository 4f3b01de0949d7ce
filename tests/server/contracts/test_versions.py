"""UPD-7: which release an installed version belongs to, and when its successor came."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server import config
from logix_server.contracts.decisions.versions import Release, order, release_of, successor_of

RELEASES = [
    Release("7.1", date(2024, 1, 1)),
    Release("7.2", date(2024, 6, 1)),
    Release("7.10", date(2025, 1, 1)),
    Release("6.9", date(2024, 9, 1)),  # an old line is mended later
    Release("8.0-rc1", date(2025, 5, 1)),
]


@pytest.mark.parametrize(
    ("installed", "release", "successor"),
    [
        ("7.1", "7.1", date(2024, 6, 1)),
        ("v7.1.3", "7.1", date(2024, 6, 1)),
        ("7.2.0+build9", "7.2", date(2025, 1, 1)),
        ("7.10", "7.10", date(2025, 5, 1)),
        ("6.9", "6.9", date(2024, 1, 1)),
        ("8.0-rc1", "8.0-rc1", None),
        ("7.11", None, None),
        ("", None, None),
        ("unknown", None, None),
    ],
)
def test_upd_7_release_and_successor(installed: str, release: str | None, successor: date | None) -> None:
    found = release_of(installed, RELEASES)
    assert (found.version if found else None) == release
    if found is not None:
        following = successor_of(found, RELEASES)
        assert (following.released_on if following else None) == successor


def test_versions_are_sorted_as_people_number_them() -> None:
    mixed = ["7.10", "8", "7.1", "7.9", "7.1.1", "7.1-rc1"]
    assert sorted(mixed, key=order) == ["7.1-rc1", "7.1", "7.1.1", "7.9", "7.10", "8"]


@given(st.text(max_size=40))
def test_any_text_has_a_place(text: str) -> None:
    assert order(text) == order(text)
    release_of(text, RELEASES)


@pytest.mark.parametrize("wrong", ["90", "[90, 90]", "[-1]", '["90"]', "[4000]", "[true]", "[1.5]"])
def test_days_ahead_that_cannot_be_are_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "server.toml").write_text(f"renewal_notice_days = {wrong}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="renewal_notice_days"):
        config.load({"LOGIX_DATA": str(tmp_path)})


def test_days_ahead_may_be_none(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(
        "renewal_notice_days = [7, 60]\nlife_cycle_notice_days = []\n", encoding="utf-8"
    )
    read = config.load({"LOGIX_DATA": str(tmp_path)})
    assert (read.renewal_notice_days, read.life_cycle_notice_days) == ((60, 7), ())
