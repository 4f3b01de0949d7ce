"""The knowledge base read: found by words, suggested by a fault's code. `viewer` None = an operator here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from logix_server.accounts.access import NotFound, Viewer
from logix_server.knowledge import search_index
from logix_server.knowledge.folding import beginnings, fold
from logix_server.knowledge.models import Article, Revision, Tag

#: So many of the best hits are looked at before those are left out that the viewer may not see.
_LOOKED_AT: Final = 500


@dataclass(frozen=True)
class Entry:
    """An article in a list, in the viewer's language where it is written in it."""

    slug: str
    title: str
    language: str
    state: str
    internal: bool
    written_at: datetime


@dataclass(frozen=True)
class Page:
    """One article to read; `body` is Markdown."""

    entry: Entry
    body: str
    languages: tuple[str, ...]
    products: tuple[str, ...]
    versions: tuple[str, ...]
    faults: tuple[str, ...]
    revision: int
    written_by: str


def seen_by(viewer: Viewer | None) -> QuerySet[Article]:
    """The articles that `viewer` may see: ours all of them, others what is published and not internal."""
    if viewer is None or viewer.vendor:
        return Article.objects.all()
    return Article.objects.filter(state=Article.State.PUBLISHED, internal=False)


def articles(
    viewer: Viewer | None,
    language: str,
    *,
    state: str = "",
    product: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Entry], int]:
    """Articles by title, one page, and how many there are in all."""
    rows = seen_by(viewer)
    if state:
        rows = rows.filter(state=state)
    if product:
        rows = rows.filter(tags__kind=Tag.Kind.PRODUCT, tags__value=product)
    entries = _entries(rows.values_list("pk", flat=True), language)
    entries.sort(key=lambda entry: (fold(entry.title), entry.slug))
    return entries[offset : offset + limit], len(entries)


def search(viewer: Viewer | None, question: str, language: str, *, limit: int = 20) -> list[Entry]:
    """Articles that hold every word of `question`, or a longer form of it; the best first.

    Words need no Turkish letters ("sicaklik"). Both languages are searched, each article comes once.
    """
    found = search_index.ranked(beginnings(question), _LOOKED_AT)
    article_of = dict(Revision.objects.filter(pk__in=found).values_list("pk", "article_id"))
    order = list(dict.fromkeys(article_of[key] for key in found if key in article_of))
    seen = set(seen_by(viewer).filter(pk__in=order).values_list("pk", flat=True))
    return _entries([key for key in order if key in seen][:limit], language)


def suggested(
    viewer: Viewer | None, codes: Collection[str], model: str, language: str, *, limit: int = 5
) -> list[Entry]:
    """Published articles for faults of these codes, those for the very code first, then for its family.

    An article that names products is suggested for those alone.
    """
    rows = seen_by(viewer).filter(state=Article.State.PUBLISHED)
    families = {code.partition(".")[0] for code in codes}
    tags = Tag.objects.filter(article__in=rows, kind=Tag.Kind.FAULT, value__in={*codes, *families})
    exact: dict[int, bool] = {}
    for article_id, value in tags.values_list("article_id", "value"):
        exact[article_id] = exact.get(article_id, False) or value in codes
    others = _products_of(exact)
    fitting = [key for key in exact if model in others.get(key, {model})]
    fitting.sort(key=lambda key: (not exact[key], key not in others, key))
    return _entries(fitting[:limit], language)


def page(viewer: Viewer | None, slug: str, language: str) -> Page:
    """One article, in `language` where it is written in it. Raises `NotFound`."""
    article = seen_by(viewer).filter(slug=slug).first()
    if article is None:
        raise NotFound(f"{slug}: no such article; see `article list`")
    revisions = {one.language: one for one in article.revisions.filter(current=True)}
    shown = revisions.get(language) or next(iter(revisions.values()))
    tags = list(article.tags.order_by("value").values_list("kind", "value"))

    def of(kind: Tag.Kind) -> tuple[str, ...]:
        return tuple(value for tagged, value in tags if tagged == kind)

    return Page(
        _entry(article, shown),
        shown.body,
        tuple(sorted(revisions)),
        of(Tag.Kind.PRODUCT),
        of(Tag.Kind.VERSION),
        of(Tag.Kind.FAULT),
        shown.number,
        shown.written_by,
    )


def history(viewer: Viewer, slug: str) -> list[Revision]:
    """What an article said before, newest first; for the vendor's people alone. Raises `NotFound`."""
    if not viewer.vendor:
        raise NotFound(f"{slug}: no such article; see `article list`")
    return list(Revision.objects.filter(article__slug=slug).order_by("-written_at", "-pk"))


def _products_of(articles: Iterable[int]) -> dict[int, set[str]]:
    rows = Tag.objects.filter(article_id__in=list(articles), kind=Tag.Kind.PRODUCT)
    products: dict[int, set[str]] = {}
    for article_id, value in rows.values_list("article_id", "value"):
        products.setdefault(article_id, set()).add(value)
    return products


def _entries(keys: Iterable[int], language: str) -> list[Entry]:
    """Entries of articles in the order of `keys`."""
    order = list(keys)
    shown: dict[int, Revision] = {}
    for row in Revision.objects.filter(article_id__in=order, current=True).select_related("article"):
        if row.article_id not in shown or row.language == language:
            shown[row.article_id] = row
    return [_entry(shown[key].article, shown[key]) for key in order if key in shown]


def _entry(article: Article, shown: Revision) -> Entry:
    return Entry(article.slug, shown.title, shown.language, article.state, article.internal, shown.written_at)
