"""`logix-server article`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def turkish(tmp_path: Path) -> str:
    path = tmp_path / "disk.md"
    path.write_text("# Disk değişimi\n\nSıcaklığa bakın.\n", encoding="utf-8")
    return str(path)


def test_written_published_found_and_revised_without_losing_its_tags(console: Any, turkish: str) -> None:
    console.ok(
        "article", "write", "disk", "--tr", turkish, "--public", "--fault", "disk", "--product", "LX-200"
    )
    console.ok("article", "move", "disk", "published")
    Path(turkish).write_text("# Disk\n\nYedek isteyin.\n", encoding="utf-8")
    shown = json.loads(console.ok("article", "write", "disk", "--tr", turkish, "--json"))
    assert (shown["title"], shown["internal"], shown["products"], shown["faults"], shown["revision"]) == (
        "Disk",
        False,
        ["LX-200"],
        ["disk"],
        2,
    )
    assert [row["slug"] for row in json.loads(console.ok("article", "search", "yedek", "--json"))] == ["disk"]
    assert json.loads(console.ok("article", "list", "--state", "draft", "--json")) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"no title", ":1: expected a title"), (b"\xff\xfe", "is not UTF-8"), (None, "cannot be read")],
)
def test_a_file_that_is_no_article_is_refused(
    console: Any,
    tmp_path: Path,
    content: bytes | None,
    says: str,
) -> None:
    path = tmp_path / "x.md"
    if content is not None:
        path.write_bytes(content)
    assert says in console.refused("article", "write", "disk", "--tr", str(path))


def test_an_article_that_is_not_there(console: Any) -> None:
    assert "see `article list`" in console.refused("article", "show", "nothing")
