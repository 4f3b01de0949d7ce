"""An article's Markdown as HTML that may stand in a page, whoever wrote it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

#: CommonMark and tables; HTML within it is shown as text.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
#: No images: they would be fetched from other hosts.
_TAGS: Final = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s"),
    *("code", "pre", "blockquote", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {"a": {"href"}, "code": {"class"}, "ol": {"start"}}


@lru_cache(maxsize=256)
def to_html(markdown: str) -> str:
    """Harmless HTML: no scripts, styles, images or frames; links to http, https and mail alone.

    Headings begin at the second rank: the page's own title is the first.
    """
    html = _MARKDOWN.render(markdown)
    for rank in range(5, 0, -1):
        html = html.replace(f"<h{rank}>", f"<h{rank + 1}>").replace(f"</h{rank}>", f"</h{rank + 1}>")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
