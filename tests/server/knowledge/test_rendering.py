"""Whatever an article holds, its HTML loads and runs nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.knowledge.rendering import to_html


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def _tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.seen


def test_headings_lists_tables_and_links() -> None:
    html = to_html("# Disk\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[x](https://x.example/)")
    names = [name for name, _ in _tags(html)]
    assert names[0] == "h2" and {"ul", "li", "table", "th", "td"} <= set(names)
    assert ("a", {"href": "https://x.example/", "rel": "noopener noreferrer nofollow"}) in _tags(html)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/pixel.png)",
        '<img src=x onerror="alert(1)">',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<iframe src="https://evil.example"></iframe>',
        "<style>*{display:none}</style>",
        "<a href='vbscript:x' onclick='y()'>z</a>",
    ],
)
def test_nothing_that_loads_or_runs(hostile: str) -> None:
    for name, attributes in _tags(to_html(hostile)):
        assert name in {"p", "a", "code", "pre", "br"}
        assert set(attributes) <= {"href", "rel"}
        assert (attributes.get("href") or "https:").split(":")[0] in {"http", "https", "mailto"}


@given(st.text(max_size=400))
def test_any_text_gives_harmless_html(text: str) -> None:
    for name, attributes in _tags(to_html(text)):
        assert name not in {"script", "style", "img", "iframe", "object", "form", "input", "svg"}
        assert not any(attribute.startswith("on") for attribute in attributes)
