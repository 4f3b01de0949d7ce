"""Every finding code has its texts in both languages."""

from __future__ import annotations

import pytest
from logix_common.findings import CODES, Component, advice_of, title_of


@pytest.mark.parametrize("code", sorted(CODES))
def test_title_and_advice_exist_in_turkish_and_english(code: str) -> None:
    entry = CODES[code]
    assert (title_of(code, "en"), advice_of(code, "en")) == (entry.title, entry.advice)
    assert title_of(code, "tr") != entry.title
    assert advice_of(code, "tr") != entry.advice


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_begins_with_its_component(code: str) -> None:
    assert code.partition(".")[0] in {str(component) for component in Component}
    assert CODES[code].component == code.partition(".")[0]


def test_a_newer_code_is_shown_as_it_is() -> None:
    assert (title_of("fan.stopped-v9", "tr"), advice_of("fan.stopped-v9", "tr")) == ("fan.stopped-v9", "")
