"""What an action refuses, said at the field of the form that it is about, in the person's language."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.contracts import wording
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.portal.components import Form

Refusal = InvalidInput | IllegalTransition | NotCovered
#: `InvalidInput.where` -> the field that it is about, and a msgid to be said there.
Known = Mapping[str, tuple[str, str]]


def tell(form: Form, error: Refusal, known: Known, language: str) -> None:
    """Put a refusal on `form`: at its field where it has one, with clauses where the contract says no."""
    match error:
        case NotCovered(reasons=reasons):
            for reason in reasons:
                form.add_error(None, f"{wording.sentence(reason, language)} ({reason.clause})")
        case IllegalTransition():
            text = _("It has changed in the meantime, and this can no longer be done. Look at it again.")
            form.add_error(None, text)
        case InvalidInput(where=where, what=what):
            field, text = known.get(where, ("", ""))
            if field in form.fields:
                form.add_error(field, gettext(text))
            else:
                form.add_error(None, forms.ValidationError(f"{where}: {what}", code="invalid"))
