"""Decisions in words: full sentences in Turkish and English from the server's catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

from django.utils import translation
from django.utils.formats import date_format

from logix_server.contracts.decisions.reasons import Parameter, Reason
from logix_server.contracts.decisions.terms import Package

LANGUAGES: Final = ("tr", "en")
#: Product names, the same in every language.
PACKAGE_NAMES: Final = {
    Package.TEMEL: "Temel",
    Package.STANDART: "Standart",
    Package.PROFESYONEL: "Profesyonel",
}


def sentences(reasons: Iterable[Reason]) -> dict[str, str]:
    """The reasons as running text: {"tr": ..., "en": ...}; what two clauses say alike is said once."""
    listed = list(reasons)
    return {
        language: " ".join(dict.fromkeys(sentence(reason, language) for reason in listed))
        for language in LANGUAGES
    }


def sentence(reason: Reason, language: str) -> str:
    """One reason as a sentence of `language`."""
    return _sentence(reason.message, tuple(reason.parameters.items()), language)


# A catalogue of some dozens of texts, filled in with days: the same ones come again and again.
@lru_cache(maxsize=16_384)
def _sentence(message: str, parameters: tuple[tuple[str, Parameter], ...], language: str) -> str:
    with translation.override(language):
        shown = {name: _shown(value) for name, value in parameters}
        return translation.gettext(message) % shown


def _shown(value: Parameter) -> str:
    if isinstance(value, Package):
        return PACKAGE_NAMES[value]
    if isinstance(value, date):
        return date_format(value, "j F Y")
    return str(value)
