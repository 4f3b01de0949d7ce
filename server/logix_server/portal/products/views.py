"""Products: what was announced of their lives, their versions; and announcing (LIF-1 to LIF-4, UPD-7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as N_
from logix_common.errors import InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right, may
from logix_server.contracts import actions
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.products import Product, product, products
from logix_server.portal.components import Form
from logix_server.portal.listing import MOST_TEXT, PAGE_SIZE, Filter, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import WRITING, page
from logix_server.portal.products import forms as product_forms
from logix_server.portal.products import words
from logix_server.portal.refused_input import Known, tell
from logix_server.portal.words import called


class ProductsFilter(Filter):
    """What products are looked for by."""

    text = forms.CharField(label=gettext_lazy("Model"), max_length=MOST_TEXT)


@dataclass(frozen=True)
class Row:
    """A product with how its life stands today."""

    product: Product
    life: str
    vendor: str


def _row(one: Product, today: date) -> Row:
    life = words.life(one.on_sale_since, one.end_of_sale_on, one.end_of_life_on, today)
    return Row(one, life, called(words.VENDORS, one.vendor))


@page(Right.SEE_INTERNAL)
def listed(request: HttpRequest, _viewer: Viewer) -> HttpResponse:
    """Every model that is in service or that something was recorded of, by name."""
    asked = ProductsFilter.of(request)
    text = str(asked.values.get("text", "")).casefold()
    found = [one for one in products() if text in one.model.casefold()]
    offset = (page_of(request) - 1) * PAGE_SIZE
    today = local_day(datetime.now(UTC))
    context = {
        "filter": asked,
        "rows": [_row(one, today) for one in found[offset : offset + PAGE_SIZE]],
        "pager": pager(request, len(found)),
        "list_id": "products",
    }
    return live(request, "portal/products/list.html", "portal/products/rows.html", context)


@page(Right.SEE_INTERNAL)
def shown(request: HttpRequest, viewer: Viewer, model: str) -> HttpResponse:
    """One product."""
    return _rendered(request, viewer, model, {})


def _found(model: str) -> Product:
    try:
        return product(model)
    except InvalidInput as error:
        raise NotFound(model[:MOST_TEXT]) from error


def _rendered(
    request: HttpRequest, viewer: Viewer, model: str, filled: Mapping[str, Form], status: int = 200
) -> HttpResponse:
    found, today = _found(model), local_day(datetime.now(UTC))
    announces = may(viewer, Right.ANNOUNCE_PRODUCT)
    life = {name: getattr(found, name) for name in (*_DAYS, "successor")}
    begins = {"released_on": today}
    context = {
        "row": _row(found, today),
        "versions": [
            (one, one.supported_until is not None and one.supported_until < today) for one in found.versions
        ],
        "open": next(iter(filled), ""),
        "announce": (filled.get("announce") or product_forms.Announce(of="announce", initial=life))
        if announces
        else None,
        "release": filled.get("release") or product_forms.Release(of="release", initial=begins),
    }
    return render(request, "portal/products/page.html", context, status=status)


_DAYS: Final = ("on_sale_since", "end_of_sale_on", "end_of_life_on")
_AFTER: Final = N_("A day comes before the one that it follows (LIF-1 to LIF-3).")
_KNOWN: Final[Known] = {
    "end_of_sale_on": ("end_of_sale_on", _AFTER),
    "end_of_life_on": ("end_of_life_on", _AFTER),
    "successor": ("successor", N_("Expected another model.")),
    "model": ("successor", N_("This is no product's model.")),
    "version": ("version", N_("This version is on record already, or is none.")),
}


@page(Right.ANNOUNCE_PRODUCT, WRITING)
def act(request: HttpRequest, viewer: Viewer, model: str, what: str) -> HttpResponse:
    """Announce the life anew, or a version; customers are told of the dates by the notices (LIF-4)."""
    _found(model)
    kinds: Mapping[str, type[Form]] = {"announce": product_forms.Announce, "release": product_forms.Release}
    if what not in kinds:
        raise Http404
    form = kinds[what](request.POST, of=what)
    if form.is_valid():
        try:
            _carry_out(what, model, form.cleaned_data, {"actor": viewer.actor, "now": datetime.now(UTC)})
        except InvalidInput as error:
            tell(form, error, _KNOWN, viewer.language)
        else:
            messages.success(request, _("It is on record."))
            return redirect("product", model=model)
    return _rendered(request, viewer, model, {what: form}, 422)


def _carry_out(what: str, model: str, told: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    if what == "release":
        actions.release_version(model, told["version"], told["released_on"], **by)
        return
    actions.announce_lifecycle(
        model,
        told["end_of_sale_on"],
        told["end_of_life_on"],
        on_sale_since=told["on_sale_since"],
        successor=told["successor"],
        **by,
    )
