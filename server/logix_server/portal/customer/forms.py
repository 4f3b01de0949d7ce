"""What customers and dealers fill in. Lengths are those of the slices that take it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as N_

from logix_server.accounts.access import Viewer
from logix_server.portal import words
from logix_server.portal.ticket.forms import Act, Answers, Attach, choose, files_field, text_field
from logix_server.tickets.decisions.questions import QUESTIONS
from logix_server.visits.judgement import Reach

MOST_SUBJECT: Final = 200
MOST_WHY: Final = 2_000
REACHES: Final = {
    Reach.OPENED.value: N_("Yes, and we have opened remote access"),
    Reach.CLOSED.value: N_("Yes, but we have not opened remote access"),
    Reach.UNREACHABLE.value: N_("No, it cannot be reached at all"),
}


def once_key(viewer: Viewer, form: Act, *about: str) -> str | None:
    """What makes the same form with the same words, sent twice, be taken once; other words are news."""
    token = form.cleaned_data["token"]
    if not token:
        return None
    digest = hashlib.sha256("\0".join((token, *about)).encode()).hexdigest()
    return f"page:{viewer.person_id}:{digest[:40]}"


class NewTicket(Answers):
    """What happened, and PRI-1 to PRI-7, of which none has to be answered."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        help_text=gettext_lazy("In one line: what does not work?"),
        max_length=MOST_SUBJECT,
        widget=forms.TextInput(
            {
                "hx-get": reverse_lazy("ticket-suggestions"),
                "hx-trigger": "input changed delay:600ms",
                "hx-target": "#suggestions",
                "hx-sync": "this:replace",
                "autocomplete": "off",
            }
        ),
    )
    text = text_field(gettext_lazy("What happened?"), rows=8)
    attachments = files_field()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        reporters: Sequence[tuple[int, str]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(data, **more)
        del self.fields["seen"]
        if reporters is not None:  # somebody of ours writes down what was said by phone
            callers = [("", words.nobody()), *((str(pk), name) for pk, name in reporters)]
            self.fields["reporter"] = forms.ChoiceField(
                label=_("Who called"), choices=callers, required=False
            )
        self.fields["text"].help_text = _(
            "Since when, what you saw, and what has been tried already. Never write passwords here."
        )
        self.order_fields(["subject", "text", *(question.row for question in QUESTIONS), "attachments"])

    def clean(self) -> dict[str, Any]:
        return super(Answers, self).clean() or {}

    @property
    def reporter_id(self) -> int | None:
        """Who called; None = nobody known, or whoever sends the form."""
        told = self.cleaned_data.get("reporter")
        return int(told) if told else None

    @property
    def questions(self) -> list[forms.BoundField]:
        """The fields of PRI-1 to PRI-7."""
        return [self[question.row] for question in QUESTIONS]


class Message(Act):
    """What the customer has to say."""

    text = text_field(gettext_lazy("Your message"))
    attachments = files_field()


class Files(Attach):
    """Files without words."""

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        del self.fields["internal"]


class AskReplacement(Act):
    """Of a part that a finding names, or of the whole appliance."""

    part = forms.ChoiceField(label=gettext_lazy("What is faulty"), required=False)
    why = text_field(gettext_lazy("What you see of it"), rows=3, most=MOST_WHY)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, parts: Sequence[tuple[str, str]] = (), **more: Any
    ) -> None:
        super().__init__(data, **more)
        choose(self, "part", [*parts, ("", _("the whole appliance"))])


class AskVisit(Act):
    """Somebody comes."""

    why = text_field(gettext_lazy("Why is somebody needed on site?"), rows=3, most=MOST_WHY)
    reach = forms.ChoiceField(
        label=gettext_lazy("Can the appliance be reached from outside?"), widget=forms.RadioSelect
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose(self, "reach", [(code, words.called(REACHES, code)) for code in REACHES])


#: Forms of the ticket page, by the name of their act.
ON_PAGE: Final[Mapping[str, type[Act]]] = {
    "message": Message,
    "answers": Answers,
    "attach": Files,
    "replacement": AskReplacement,
    "visit": AskVisit,
}


def fresh(name: str, initial: Mapping[str, Any], **more: Any) -> Act:
    """A form to be filled in, with ids of its own."""
    return ON_PAGE[name](of=name, initial={"token": new_token(), **initial}, **more)


def new_token() -> str:
    """What tells one form from the next."""
    return secrets.token_hex(16)
