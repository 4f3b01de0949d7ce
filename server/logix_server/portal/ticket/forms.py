"""What an engineer fills in on the ticket page. Lengths are those of the tickets slice."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_

from logix_server.portal import words
from logix_server.portal.components import Form
from logix_server.tickets.decisions.questions import QUESTIONS
from logix_server.tickets.desk.assignment import assignable
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.reading import TicketPage

MOST_TEXT: Final = 20_000
MOST_WHY: Final = 500
MOST_NAME: Final = 200
MOST_FILES: Final = 20
#: After an answer: the state it leaves the ticket in.
AFTERWARDS: Final = {
    "": N_("leave it as it is"),
    "waiting": N_("wait for the customer"),
    "workaround": N_("a workaround is in place"),
    "solved": N_("it is solved"),
}
NUMBER: Final = r"\s*[A-Za-z]{3}-[0-9]{4}-[0-9]{6}\s*"


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """The files that were chosen, none or several."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        chosen: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if len(chosen) > MOST_FILES:
            raise forms.ValidationError(
                _("At most %(most)d files at once."), code="max", params={"most": MOST_FILES}
            )
        return [super(FilesField, self).clean(one, initial) for one in chosen]


def text_field(label: Any, *, rows: int = 6, required: bool = True, most: int = MOST_TEXT) -> forms.CharField:
    """Running text."""
    return forms.CharField(
        label=label, max_length=most, required=required, widget=forms.Textarea({"rows": rows})
    )


def files_field() -> FilesField:
    """Attachments of what is written."""
    return FilesField(label=_("Attachments"), required=False)


class Act(Form):
    """`seen`: the last event that the page showed; `token`: the same form sent twice is taken once."""

    seen = forms.IntegerField(min_value=0, max_value=2**62, required=False, widget=forms.HiddenInput)
    token = forms.RegexField(r"[0-9a-f]{32}\Z", required=False, widget=forms.HiddenInput)


class Answer(Act):
    """To the customer."""

    text = text_field(_("Answer to the customer"))
    attachments = files_field()
    then = forms.ChoiceField(label=_("And then"), required=False)
    system_owner = forms.CharField(
        label=_("Who of the customer knows of the workaround"),
        help_text=_("A workaround needs the knowledge of the customer's system owner (SUP-4)."),
        max_length=MOST_NAME,
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose(self, "then", [(code, words.called(AFTERWARDS, code)) for code in AFTERWARDS])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("then") == "workaround" and not told.get("system_owner"):
            self.add_error("system_owner", _("Name who of the customer was told of the workaround (SUP-4)."))
        return told


class Note(Act):
    """Among engineers."""

    text = text_field(_("Internal note"), rows=4)
    attachments = files_field()


class Move(Act):
    """To another state."""

    state = forms.ChoiceField(label=_("New state"))
    why = forms.CharField(label=_("Reason"), max_length=MOST_WHY)
    system_owner = forms.CharField(
        label=_("Who of the customer knows of the workaround"), max_length=MOST_NAME, required=False
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, states: Sequence[str] = (), **more: Any
    ) -> None:
        super().__init__(data, **more)
        choose(self, "state", [(state, words.called(words.STATES, state)) for state in states])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("state") == "workaround" and not told.get("system_owner"):
            self.add_error("system_owner", _("Name who of the customer was told of the workaround (SUP-4)."))
        return told


class Assign(Act):
    """To somebody of ours."""

    person = forms.ChoiceField(label=_("Assigned to"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, people: Sequence[tuple[int, str]] = (), **more: Any
    ) -> None:
        super().__init__(data, **more)
        choose(self, "person", [("", words.nobody()), *((str(pk), name) for pk, name in people)])


class Answers(Act):
    """PRI-1 to PRI-7."""

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        for question in QUESTIONS:
            said = [(str(level), words.translated(text)) for level, text in question.answers.items()]
            self.fields[question.row] = forms.ChoiceField(
                label=f"{words.translated(question.text)} ({question.row})",
                choices=[("", words.not_answered()), *said],
                required=False,
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not self.errors and not self.answers:
            raise forms.ValidationError(_("Answer at least one of the questions."), code="required")
        return told

    @property
    def answers(self) -> dict[str, int]:
        """What was answered."""
        rows = (question.row for question in QUESTIONS)
        return {row: int(self.cleaned_data[row]) for row in rows if self.cleaned_data.get(row)}


class ChangeLevel(Act):
    """An engineer's word on the level."""

    level = forms.ChoiceField(label=_("Level"))
    row = forms.ChoiceField(label=_("By which row of the terms"))
    reason = forms.CharField(
        label=_("Reason"), help_text=_("The customer sees level and reason."), max_length=MOST_WHY
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose(self, "level", [(str(level), words.called(words.LEVELS, level)) for level in words.LEVELS])
        asked = [(one.row, f"{one.row} · {words.translated(one.text)}") for one in QUESTIONS]
        choose(self, "row", asked)


class Merge(Act):
    """Into another ticket."""

    into = forms.RegexField(NUMBER, label=_("Goes on in"), help_text="LGX-2026-000123", strip=True)
    why = forms.CharField(label=_("Reason"), max_length=MOST_WHY, required=False)

    def clean_into(self) -> str:
        return str(self.cleaned_data["into"]).strip().upper()


class Link(Act):
    """With another ticket."""

    other = forms.RegexField(NUMBER, label=_("Has to do with"), help_text="LGX-2026-000123", strip=True)

    def clean_other(self) -> str:
        return str(self.cleaned_data["other"]).strip().upper()


class Attach(Act):
    """Files without words."""

    attachments = FilesField(label=_("Files"))
    internal = forms.BooleanField(label=_("Only for us: the customer does not see them"), required=False)

    def clean_attachments(self) -> Any:
        if not self.cleaned_data["attachments"]:
            raise forms.ValidationError(_("Choose at least one file."), code="required")
        return self.cleaned_data["attachments"]


class Reopen(Act):
    """Take it up again."""

    why = forms.CharField(label=_("Reason"), max_length=MOST_WHY)


class Take(Act):
    """The viewer's own."""


#: Forms that stand on the page, by the name of their act.
ON_PAGE: Final[Mapping[str, type[Act]]] = {
    "answer": Answer,
    "note": Note,
    "move": Move,
    "reopen": Reopen,
    "take": Take,
    "assign": Assign,
    "answers": Answers,
    "level": ChangeLevel,
    "merge": Merge,
    "link": Link,
    "attach": Attach,
}


def fresh_forms(found: TicketPage) -> dict[str, Act]:
    """Every form of the page, to be filled in."""
    more: dict[str, dict[str, Any]] = {
        "move": {"states": [state.value for state in found.moves]},
        "assign": {"people": _people()},
    }
    given: dict[str, dict[str, Any]] = {
        "assign": {"person": str(found.ticket.assignee_id or "")},
        "answers": {row: str(level) for row, level in found.answers.items()},
        "level": {"level": str(found.ticket.level)},
    }
    return {
        name: form(
            of=name,
            initial={"seen": found.last_event, "token": secrets.token_hex(16)} | given.get(name, {}),
            **more.get(name, {}),
        )
        for name, form in ON_PAGE.items()
    }


def filled(form: type[Act], name: str, data: Mapping[str, Any], files: Mapping[str, Any]) -> Act:
    """A form as it was sent."""
    more: dict[str, Any] = {}
    if form is Move:
        more = {"states": [state.value for state in TicketState]}  # which may follow is the action's to say
    elif form is Assign:
        more = {"people": _people()}
    return form(data, files=files, of=name, **more)


def _people() -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in assignable()]


def choose(form: forms.Form, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    """Give a field its choices, in the language of the request."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
