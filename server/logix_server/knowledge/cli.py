"""`logix-server article`: the knowledge base."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.accounts.access import NotFound
from logix_server.knowledge import actions, queries
from logix_server.knowledge.actions import MOST_BODY, Content, Text
from logix_server.knowledge.lifecycle import ArticleState

language_option = click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)


@click.group(cls=console.Group)
def article() -> None:
    """Articles of the knowledge base."""


@article.command("write")
@click.argument("slug")
@click.option("--tr", "turkish", type=click.Path(path_type=Path), help="Markdown in Turkish.")
@click.option("--en", "english", type=click.Path(path_type=Path), help="Markdown in English.")
@click.option("--public/--internal", "public", default=None, help="Whether customers see it, once published.")
@click.option("--product", "products", multiple=True, help="Model that it is about; several times.")
@click.option("--version", "versions", multiple=True, help="Version that it is about; several times.")
@click.option("--fault", "faults", multiple=True, help="Fault code (disk.smart-failed) or family (disk).")
@console.json_option
def write(
    *,
    slug: str,
    turkish: Path | None,
    english: Path | None,
    public: bool | None,
    products: tuple[str, ...],
    versions: tuple[str, ...],
    faults: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add an article, or revise it: the first line of a file, "# Title", is its title.

    Of an article that is there only what is named is changed.
    """
    texts = {"tr": turkish, "en": english}
    content = Content({name: _read(path) for name, path in texts.items() if path}, not public)
    try:
        present = queries.page(None, slug, "tr")
    except NotFound:
        content = replace(content, products=products, versions=versions, faults=faults)
    else:
        content = replace(
            content,
            internal=present.entry.internal if public is None else not public,
            products=products or present.products,
            versions=versions or present.versions,
            faults=faults or present.faults,
        )
    actions.write(slug, content, actor=console.operator(), now=console.now())
    console.print_record(_record(queries.page(None, slug, "tr")), as_json)


def _read(path: Path) -> Text:
    try:
        with path.open(encoding="utf-8") as file:
            # One more than may be: the action says so, and a device file does not fill the memory.
            text = file.read(MOST_BODY + 1_000)
    except OSError as error:
        raise InvalidInput(str(path), f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(str(path), "is not UTF-8") from error
    title, _, body = text.lstrip("\ufeff\n ").partition("\n")
    if not title.startswith("# "):
        raise InvalidInput(f"{path}:1", 'expected a title, "# Title"')
    return Text(title[2:], body)


@article.command("list")
@click.option("--state", type=click.Choice([state.value for state in ArticleState]), default=None)
@click.option("--product", default="", help="Only those about this model.")
@language_option
@console.page_options
@console.json_option
def list_(*, state: str | None, product: str, language: str, limit: int, offset: int, as_json: bool) -> None:
    """List articles by title."""
    of_state = state or ""
    found, _ = queries.articles(None, language, state=of_state, product=product, limit=limit, offset=offset)
    console.print_rows([asdict(entry) for entry in found], as_json)


@article.command("search")
@click.argument("words", nargs=-1, required=True)
@language_option
@console.json_option
def search(*, words: tuple[str, ...], language: str, as_json: bool) -> None:
    """Find articles by their words, with or without Turkish letters."""
    found = queries.search(None, " ".join(words), language)
    console.print_rows([asdict(entry) for entry in found], as_json)


@article.command("show")
@click.argument("slug")
@language_option
@console.json_option
def show(*, slug: str, language: str, as_json: bool) -> None:
    """Show one article."""
    console.print_record(_record(queries.page(None, slug, language)), as_json)


@article.command("move")
@click.argument("slug")
@click.argument("state", type=click.Choice([state.value for state in ArticleState]))
def move(*, slug: str, state: str) -> None:
    """Publish an article, take it back to a draft, or retire it."""
    actions.move(slug, ArticleState(state), actor=console.operator(), now=console.now())


def _record(page: queries.Page) -> dict[str, Any]:
    fields = asdict(page)
    return {**fields.pop("entry"), **fields}
