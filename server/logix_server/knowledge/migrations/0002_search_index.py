"""The full-text index: a table of its own on both databases, written by `knowledge.search_index`."""

from __future__ import annotations

from django.db import migrations

#: Words come folded: the tokenizer has only to split them.
SQLITE = ("CREATE VIRTUAL TABLE knowledge_index USING fts5(title, body, tokenize='ascii', prefix='4 6')",)
POSTGRESQL = (
    "CREATE TABLE knowledge_index (revision_id bigint PRIMARY KEY, document tsvector NOT NULL)",
    "CREATE INDEX knowledge_index_words ON knowledge_index USING gin (document)",
)


def create(apps, schema_editor) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor) -> None:
    schema_editor.execute("DROP TABLE knowledge_index")


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_articles")]
    operations = [migrations.RunPython(create, drop)]
