"""Articles written, published and retired, each change with its audit record in one transaction."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput
from logix_common.findings import CODES

from logix_server.accounts.access import NotFound
from logix_server.audit.actions import record
from logix_server.knowledge import search_index
from logix_server.knowledge.lifecycle import ARTICLE, ArticleState
from logix_server.knowledge.models import Article, Revision, Tag

LANGUAGES: Final = ("tr", "en")
MOST_TITLE, MOST_BODY, MOST_TAGS = 200, 100_000, 40
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_FAMILIES: Final = frozenset(code.partition(".")[0] for code in CODES)
_TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ +-]{0,127}\Z")


@dataclass(frozen=True)
class Text:
    """What an article says in one language; `body` is Markdown."""

    title: str
    body: str


@dataclass(frozen=True)
class Content:
    """An article as its author wants it; a language that is left out stays as it is."""

    texts: Mapping[str, Text]
    internal: bool = True
    products: Collection[str] = field(default_factory=tuple)
    versions: Collection[str] = field(default_factory=tuple)
    faults: Collection[str] = field(default_factory=tuple)  # codes ("disk.smart-failed") or families ("disk")


@transaction.atomic
def write(slug: str, content: Content, *, actor: str, now: datetime) -> Article:
    """A new draft, or what an article says from now on; what it said before is kept.

    Raises `InvalidInput` for a slug, text or tag that is none, and for a new article without any text.
    """
    _check(slug, content)
    article = Article.objects.select_for_update().filter(slug=slug).first()
    new = article is None
    if article is None:
        if not content.texts:
            raise InvalidInput("texts", "expected a text in Turkish or English")
        article = Article.objects.create(
            slug=slug, internal=content.internal, state=Article.State.DRAFT, state_at=now, created_at=now
        )
    elif article.internal != content.internal:
        article.internal = content.internal
        article.save(update_fields=["internal"])
    changed = [
        language
        for language, text in sorted(content.texts.items())
        if _revise(article, language, text, actor, now)
    ]
    _tag(article, content)
    detail = {"languages": changed, "internal": content.internal}
    record(now, actor, "article.write" if new else "article.revise", f"article:{slug}", detail)
    return article


@transaction.atomic
def move(slug: str, state: ArticleState, *, actor: str, now: datetime) -> None:
    """Publish, take back or retire an article.

    Raises `NotFound`, and `IllegalTransition` where its lifecycle does not allow it.
    """
    article = Article.objects.select_for_update().filter(slug=slug).first()
    if article is None:
        raise NotFound(f"{slug}: no such article; see `article list`")
    article.state, article.state_at = ARTICLE.check(ArticleState(article.state), state).value, now
    article.save(update_fields=["state", "state_at"])
    record(now, actor, "article.move", f"article:{slug}", {"state": state.value})


def _check(slug: str, content: Content) -> None:
    if len(slug) > 100 or not _SLUG.match(slug):
        raise InvalidInput("slug", "expected small letters and digits with single hyphens, at most 100")
    for language, text in content.texts.items():
        if language not in LANGUAGES:
            raise InvalidInput("language", f"expected one of {', '.join(LANGUAGES)}, got {language!r}")
        if not text.title.strip() or len(text.title) > MOST_TITLE:
            raise InvalidInput(f"title ({language})", f"expected 1 to {MOST_TITLE} characters")
        if not text.body.strip() or len(text.body) > MOST_BODY or "\x00" in text.title + text.body:
            raise InvalidInput(f"body ({language})", f"expected 1 to {MOST_BODY} characters of Markdown")
    tags = [*content.products, *content.versions, *content.faults]
    if len(tags) > MOST_TAGS:
        raise InvalidInput("tags", f"expected at most {MOST_TAGS}")
    for tag in tags:
        if not _TAG.match(tag):
            raise InvalidInput("tags", f"expected letters, digits and . _ + - as in LX-200, got {tag!r}")
    for code in content.faults:
        if code not in CODES and code not in _FAMILIES:
            raise InvalidInput("fault", f"no fault has the code {code!r}, and no family is called so")


def _revise(article: Article, language: str, text: Text, actor: str, now: datetime) -> bool:
    """A new revision where the text differs from the present one."""
    present = Revision.objects.filter(article=article, language=language, current=True).first()
    title, body = text.title.strip(), text.body.replace("\r\n", "\n").strip() + "\n"
    if present is not None:
        if (present.title, present.body) == (title, body):
            return False
        present.current = False
        present.save(update_fields=["current"])
        search_index.drop(present.pk)
    revision = Revision.objects.create(
        article=article,
        language=language,
        number=present.number + 1 if present else 1,
        title=title,
        body=body,
        written_by=actor,
        written_at=now,
    )
    search_index.store(revision.pk, title, body)
    return True


def _tag(article: Article, content: Content) -> None:
    wanted = {
        *((Tag.Kind.PRODUCT, value) for value in content.products),
        *((Tag.Kind.VERSION, value) for value in content.versions),
        *((Tag.Kind.FAULT, value) for value in content.faults),
    }
    present = {(Tag.Kind(tag.kind), tag.value): tag.pk for tag in article.tags.all()}
    Tag.objects.filter(pk__in=[key for tag, key in present.items() if tag not in wanted]).delete()
    Tag.objects.bulk_create(
        Tag(article=article, kind=kind, value=value) for kind, value in sorted(wanted - present.keys())
    )
