"""HTML of a mail: harmless HTML, and the words it shows. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

import nh3

from logix_server.mail.plain import lines

MOST_HTML: Final = 400_000
#: Tags of a mail that is shown as HTML: what nests them without end costs by their square.
_MOST_TAGS: Final = 10_000
_TAGS: Final = {
    *("a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr", "i"),
    *("li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead"),
    *("tr", "u", "ul"),
}
_ATTRIBUTES: Final = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "math"})
_BLOCKS: Final = frozenset(
    {"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"}
)
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr"})
_MOST_QUOTED: Final = 20  # levels
_MOST_TAG: Final = 4_000  # characters; pictures within the mail are longer, and have no words
_LONG_TAG: Final = re.compile(rf"<[/a-z][^<>]{{{_MOST_TAG},}}>", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"<[!?][^<>]*>")
_NO_TAG: Final = re.compile(r"<(?![^<>]*>)")


def harmless(html: str) -> str:
    """What of `html` may be shown: words, tables and links; nothing is loaded, nothing runs.

    "" for a page of more tags than a letter has: its words are there without it.
    """
    if html.count("<", 0, MOST_HTML) > _MOST_TAGS:
        return ""
    return nh3.clean(
        html[:MOST_HTML],
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        clean_content_tags={"script", "style"},
        link_rel="noopener noreferrer nofollow",
    )


def words(html: str) -> str:
    """The text that `html` shows, quotations marked by ">" as in plain mails."""
    reader = _Reader()
    tags = _tags_alone(html[:MOST_HTML])
    try:
        reader.feed(tags)
        reader.close()
    except (AssertionError, ValueError, RecursionError):  # html.parser gives up on some broken tags
        return re.sub(r"<[^<>]*>", " ", tags)
    # What a letter is written as (&#8238;) is made harmless only now.
    return lines(reader.text())


def _tags_alone(html: str) -> str:
    """`html` whose every "<" begins a tag that ends; without comments, declarations and endless tags.

    html.parser looks for the end of what has none to the end of the page, once for each.
    """
    kept, at = [], 0
    while (begin := html.find("<!--", at)) >= 0:
        kept.append(html[at:begin])
        end = html.find("-->", begin + 4)
        at = end + 3 if end >= 0 else len(html)
    kept.append(html[at:])
    page = _LONG_TAG.sub(" ", "".join(kept))
    return _NO_TAG.sub("&lt;", _DECLARATION.sub(" ", page))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._quoted = 0
        self._silent: list[str] = []

    def text(self) -> str:
        self._break()
        text = "\n".join(self._lines)
        text = re.sub(r"\n(?:(?:> ?)*\n){2,}", "\n\n", text)
        return re.sub(r"(?:\n[> ]*)+\Z", "", text).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "br":
            self._break(also_empty=True)
        elif tag in _BLOCKS:
            self._break()
            self._quoted += tag == "blockquote"
        elif tag == "li":
            self._break()
            self._line = "- "
        elif tag in ("td", "th") and self._line:
            self._line += " "

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag in _BLOCKS and tag not in _VOID:
            self._break()
            if tag in ("p", "table", "ul", "ol", "blockquote"):
                self._break(also_empty=True)
            if tag == "blockquote":
                self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            piece = re.sub(r"\s+", " ", data)
            self._line += piece if self._line else piece.lstrip()

    def _break(self, *, also_empty: bool = False) -> None:
        if self._line.strip() or also_empty:
            mark = "> " * min(self._quoted, _MOST_QUOTED)
            self._lines.append(f"{mark}{self._line.strip()}".rstrip())
        self._line = ""
