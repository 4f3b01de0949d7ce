"""The agent's own texts in the operator's language: msgids are English, Turkish lies in the catalogue."""

from __future__ import annotations

import gettext as catalogues
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path


def language(environment: Mapping[str, str] | None = None) -> str:
    """The operator's language, "tr" or "en": LC_ALL, LC_MESSAGES, LANG in the order of locale(7)."""
    values = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if values.get(name):
            return "tr" if values[name].lower().startswith("tr") else "en"
    return "en"


@cache
def translation(language: str) -> catalogues.NullTranslations:
    """The catalogue of a language; English where there is none."""
    return catalogues.translation(
        "logix_agent", Path(__file__).parent / "locale", languages=[language], fallback=True
    )


def gettext(message: str) -> str:
    """`message` in the operator's language."""
    return translation(language()).gettext(message)


_ = gettext
