"""Articles that may help before a ticket is opened, by the words of its subject."""

from __future__ import annotations

from collections import Counter
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.knowledge.queries import Entry, search
from logix_server.portal.pages import page

_MOST: Final = 5
_MOST_TEXT: Final = 200
_MOST_WORDS: Final = 8
#: Shorter ones say too little: "ve", "the", "bir".
_SHORTEST: Final = 4


@page(Right.OPEN_TICKET)
def suggested(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """For htmx: the list under the subject, as far as it is typed."""
    subject = request.GET.get("subject", "")[:_MOST_TEXT]
    context = {"articles": resembling(viewer, subject), "subject": subject}
    return render(request, "portal/customer/suggestions.html", context)


def resembling(viewer: Viewer, text: str) -> list[Entry]:
    """Articles that hold all words of `text`, else those that hold most of them; at most five."""
    words = [word for word in text[:_MOST_TEXT].split() if len(word) >= _SHORTEST][:_MOST_WORDS]
    if not words:
        return []
    language = (get_language() or "tr")[:2]
    if found := search(viewer, " ".join(words), language, limit=_MOST):
        return found
    hits: Counter[str] = Counter()
    entries: dict[str, Entry] = {}
    for word in words:
        for entry in search(viewer, word, language, limit=_MOST):
            hits[entry.slug] += 1
            entries[entry.slug] = entry
    return [entries[slug] for slug, _count in hits.most_common(_MOST)]
