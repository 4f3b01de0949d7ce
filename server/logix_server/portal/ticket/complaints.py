"""What an action refuses, said at the field of the form that it is about, in the person's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.contracts import wording
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.portal.components import Form

#: `InvalidInput.where` -> the field, and what is said there.
_KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("text", N_("Write some words, at most 20,000 characters.")),
    "subject": ("subject", N_("Write some words.")),
    "part": ("part", N_("A replacement of this is under way already.")),
    "into": ("into", N_("Expected another ticket of the same place that is being worked on.")),
    "other": ("other", N_("Expected another ticket.")),
    "assignee": ("person", N_("Expected an active engineer or manager of ours.")),
    "system_owner": ("system_owner", N_("Name who of the customer was told of the workaround (SUP-4).")),
    "files": ("attachments", N_("These are too many files for one ticket or at once.")),
    "level": ("level", N_("Expected level 1, 2 or 3.")),
    "row": ("row", N_("Expected one of PRI-1 to PRI-7.")),
    "reason": ("reason", N_("Give a reason.")),
    "why": ("why", N_("Give a reason.")),
}


def add(form: Form, error: InvalidInput | IllegalTransition | NotCovered, number: str, language: str) -> None:
    """Put an action's refusal on `form`, at its field where it has one."""
    match error:
        case NotCovered(reasons=reasons):
            for reason in reasons:
                form.add_error(None, f"{wording.sentence(reason, language)} ({reason.clause})")
        case IllegalTransition():
            form.add_error(None, _("From its present state the ticket cannot be moved there."))
        case InvalidInput(where=where, what=what):
            _add_input(form, where, what, number)


def _add_input(form: Form, where: str, what: str, number: str) -> None:
    field, text = _KNOWN.get(where, ("", ""))
    if field in form.fields:
        form.add_error(field, gettext(text))
    elif where == number:
        form.add_error(None, _("In its present state this cannot be done with the ticket."))
    elif "attachments" in form.fields and _names_a_file(form, where):
        text = _("%(name)s: this kind of file is not taken, or the file is too large.")
        form.add_error("attachments", text % {"name": where})
    else:
        form.add_error(None, forms.ValidationError(f"{where}: {what}", code="invalid"))


def _names_a_file(form: Form, where: str) -> bool:
    chosen = form.cleaned_data.get("attachments") or ()
    return bool(chosen) and where not in form.fields
