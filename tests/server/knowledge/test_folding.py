"""Words are found without Turkish letters and by their beginnings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.knowledge.folding import beginnings, fold, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("SICAKLIK", "sicaklik"),
        ("İşlemci sıcaklığı yükseldi", "islemci sicakligi yukseldi"),
        ("Değişim güç Ünitesi ÇÖKTÜ", "degisim guc unitesi coktu"),
        ("i̇ki nokta", "iki nokta"),  # a lower i with the dot that lower() leaves
        ("SMART: 197/198", "smart: 197/198"),
    ],
)
def test_letters_lose_their_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("question", "begin_with"),
    [
        ("disklerde", ["diskle"]),
        ("diskler", ["disk"]),
        ("fan", ["fan"]),
        ("Fan fan FAN", ["fan"]),
        ("", []),
        ("!!! ' OR 1=1 --", ["or", "1"]),
    ],
)
def test_what_an_answer_must_begin_with(question: str, begin_with: list[str]) -> None:
    assert beginnings(question) == begin_with


@given(st.text(max_size=300))
def test_nothing_but_letters_and_digits_is_ever_asked(question: str) -> None:
    asked = beginnings(question)
    assert len(asked) <= 16
    assert all(re.fullmatch(r"[a-z0-9]{1,64}", word) for word in asked)


@given(st.lists(st.sampled_from(["disk", "sıcaklık", "FAN", "güç", "İşlemci"]), min_size=1, max_size=5))
def test_a_text_is_found_by_its_own_words(chosen: list[str]) -> None:
    there = list(words(" ".join(chosen)))
    assert all(any(word.startswith(begin) for word in there) for begin in beginnings(" ".join(chosen)))
