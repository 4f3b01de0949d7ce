"""Which state of an article may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class ArticleState(StrEnum):
    """The states of `knowledge.models.Article`."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


#: What was published once is never deleted: tickets may point to it.
ARTICLE: Final = Transitions(
    "article",
    {
        ArticleState.DRAFT: {ArticleState.PUBLISHED, ArticleState.RETIRED},
        ArticleState.PUBLISHED: {ArticleState.DRAFT, ArticleState.RETIRED},
        ArticleState.RETIRED: {ArticleState.DRAFT},
    },
)
