"""The knowledge base: found by words, read, and by ours written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right, may
from logix_server.knowledge import actions, queries
from logix_server.knowledge.actions import MOST_BODY, MOST_TITLE, Content, Text
from logix_server.knowledge.lifecycle import ARTICLE, ArticleState
from logix_server.knowledge.rendering import to_html
from logix_server.portal.components import Form
from logix_server.portal.knowledge.words import MOVES, STATES
from logix_server.portal.listing import MOST_TEXT, PAGE_SIZE, Filter, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import READING, WRITING, page
from logix_server.portal.words import any_of_them, called


class ArticlesFilter(Filter):
    """What articles are looked for by."""

    text = forms.CharField(label=gettext_lazy("Words"), max_length=MOST_TEXT)


class WritersFilter(ArticlesFilter):
    """The same for those who write: also by state."""

    state = forms.ChoiceField(label=gettext_lazy("State"))

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", any_of_them()), *((code, called(STATES, code)) for code in STATES)]


class ArticleForm(Form):
    """An article in both languages; a language that is left empty stays as it was."""

    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=100,
        help_text=gettext_lazy("Small letters, digits and hyphens, such as disk-replacement; it stays."),
    )
    internal = forms.BooleanField(
        label=gettext_lazy("Only for us"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise customers and dealers read it once it is published."),
    )
    title_tr = forms.CharField(label=gettext_lazy("Title in Turkish"), max_length=MOST_TITLE, required=False)
    body_tr = forms.CharField(
        label=gettext_lazy("Text in Turkish (Markdown)"),
        max_length=MOST_BODY,
        required=False,
        widget=forms.Textarea({"rows": 14}),
    )
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=MOST_TITLE, required=False)
    body_en = forms.CharField(
        label=gettext_lazy("Text in English (Markdown)"),
        max_length=MOST_BODY,
        required=False,
        widget=forms.Textarea({"rows": 14}),
    )
    products = forms.CharField(label=gettext_lazy("Models"), max_length=1_000, required=False)
    versions = forms.CharField(label=gettext_lazy("Versions"), max_length=1_000, required=False)
    faults = forms.CharField(
        label=gettext_lazy("Faults"),
        max_length=1_000,
        required=False,
        help_text=gettext_lazy("Codes such as disk.smart-failed, or families such as disk, with commas."),
    )

    def content(self) -> Content:
        """What was written, as the action takes it."""
        told = self.cleaned_data
        texts = {
            language: Text(told[f"title_{language}"], told[f"body_{language}"])
            for language in actions.LANGUAGES
            if told[f"title_{language}"] or told[f"body_{language}"]
        }
        tags = {name: _listed(told[name]) for name in ("products", "versions", "faults")}
        return Content(texts, told["internal"], **tags)


def _listed(told: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in told.split(",") if part.strip())


def _language() -> str:
    return (get_language() or "tr")[:2]


@page()
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The articles by title; with words those that hold them, the best first."""
    writes = may(viewer, Right.WRITE_ARTICLE)
    asked = (WritersFilter if writes else ArticlesFilter).of(request)
    offset = (page_of(request) - 1) * PAGE_SIZE
    if text := asked.values.get("text"):
        found = queries.search(viewer, text, _language(), limit=PAGE_SIZE)
        rows, total = found, len(found)
    else:
        state = asked.values.get("state", "")
        rows, total = queries.articles(viewer, _language(), state=state, limit=PAGE_SIZE, offset=offset)
    context = {
        "filter": asked,
        "rows": [(row, called(STATES, row.state)) for row in rows],
        "pager": pager(request, total),
        "list_id": "articles",
        "writes": writes,
    }
    return live(request, "portal/knowledge/list.html", "portal/knowledge/rows.html", context)


@page()
def article(request: HttpRequest, viewer: Viewer, slug: str) -> HttpResponse:
    """One article."""
    found = queries.page(viewer, slug, _language())
    writes = may(viewer, Right.WRITE_ARTICLE)
    context = {
        "article": found,
        "state": called(STATES, found.entry.state),
        "body": to_html(found.body),
        "writes": writes,
        "moves": _moves(found.entry.state) if writes else [],
    }
    return render(request, "portal/knowledge/article.html", context)


def _moves(state: str) -> list[tuple[str, str]]:
    """The states that may follow, with what it is called to bring an article there."""
    allowed = ARTICLE.allowed[ArticleState(state)]
    return [(one.value, called(MOVES, one.value)) for one in ArticleState if one in allowed]


@page(Right.WRITE_ARTICLE, (*READING, *WRITING))
def write(request: HttpRequest, viewer: Viewer, slug: str = "") -> HttpResponse:
    """Write an article, or revise it."""
    present = _present(viewer, slug) if slug else None
    form = ArticleForm(request.POST if request.method in WRITING else None, initial=present)
    form.fields["slug"].disabled = bool(slug)
    status = 200
    if form.is_bound:
        if form.is_valid() and (written := _written(form, viewer)):
            messages.success(request, _("The article is written down."))
            return redirect("article", slug=written)
        status = 422
    return render(request, "portal/knowledge/write.html", {"form": form, "slug": slug}, status=status)


def _present(viewer: Viewer, slug: str) -> dict[str, Any]:
    """What the form begins with."""
    found = queries.page(viewer, slug, "tr")
    start: dict[str, Any] = {
        "slug": slug,
        "internal": found.entry.internal,
        "products": ", ".join(found.products),
        "versions": ", ".join(found.versions),
        "faults": ", ".join(found.faults),
    }
    for language in found.languages:
        shown = queries.page(viewer, slug, language)
        start |= {f"title_{language}": shown.entry.title, f"body_{language}": shown.body}
    return start


def _written(form: ArticleForm, viewer: Viewer) -> str:
    """The slug of what was written; "" with the form's error set where it was refused."""
    slug: str = form.cleaned_data["slug"]
    try:
        actions.write(slug, form.content(), actor=viewer.actor, now=timezone.now())
    except InvalidInput as error:
        form.add_error(None, str(error))
        return ""
    return slug


@page(Right.WRITE_ARTICLE, WRITING)
def move(request: HttpRequest, viewer: Viewer, slug: str) -> HttpResponse:
    """Publish an article, take it back, retire it."""
    told = request.POST.get("state", "")
    if told not in [state.value for state in ArticleState]:
        raise NotFound(told)
    actions.move(slug, ArticleState(told), actor=viewer.actor, now=timezone.now())
    messages.success(request, _("Done."))
    return redirect("article", slug=slug)
