"""The full-text index beside the articles: FTS5 on SQLite, tsvector on PostgreSQL; both hold folded words.

A row of it belongs to the current revision of one article in one language and is written in the same
transaction. A word of the title weighs more than one of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection

from logix_server.knowledge.folding import words

TITLE_WEIGHT: Final = 6.0
#: Up to so many words of a text are indexed.
_MOST_WORDS: Final = 20_000


def store(revision_id: int, title: str, body: str) -> None:
    """Index one revision."""
    folded = " ".join(list(words(title))), " ".join(list(words(body))[:_MOST_WORDS])
    insert = (
        "INSERT INTO knowledge_index (rowid, title, body) VALUES (%s, %s, %s)"
        if _sqlite()
        else "INSERT INTO knowledge_index (revision_id, document) VALUES (%s,"
        " setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'D'))"
    )
    with connection.cursor() as cursor:
        cursor.execute(insert, [revision_id, *folded])


def drop(revision_id: int) -> None:
    """Take one revision out."""
    key = "rowid" if _sqlite() else "revision_id"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM knowledge_index WHERE {key} = %s", [revision_id])  # noqa: S608  a constant


def ranked(beginnings: Sequence[str], limit: int) -> list[int]:
    """Ids of revisions that hold a word for each of `beginnings`, the best first.

    `beginnings` come from `folding.beginnings`: letters and digits alone, so nothing of them is syntax.
    """
    if not beginnings:
        return []
    with connection.cursor() as cursor:
        if _sqlite():
            cursor.execute(
                "SELECT rowid FROM knowledge_index WHERE knowledge_index MATCH %s"
                " ORDER BY bm25(knowledge_index, %s, 1.0), rowid DESC LIMIT %s",
                [" AND ".join(f'"{word}"*' for word in beginnings), TITLE_WEIGHT, limit],
            )
        else:
            cursor.execute(
                "SELECT revision_id FROM knowledge_index, to_tsquery('simple', %s) AS wanted"
                " WHERE document @@ wanted ORDER BY ts_rank('{0.17, 0.2, 0.4, 1.0}', document, wanted) DESC,"
                " revision_id DESC LIMIT %s",
                [" & ".join(f"{word}:*" for word in beginnings), limit],
            )
        return [row[0] for row in cursor.fetchall()]


def _sqlite() -> bool:
    return connection.vendor == "sqlite"
