"""What a password may not be."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server.accounts.sign_in.password_rules import like, monotonous, pieces
from logix_server.accounts.sign_in.passwords import judge


@dataclass(frozen=True)
class Owner:
    name: str = "Ayşe Yılmazoğlu"
    email: str = "ayse.yilmazoglu@egelojistik.example"


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "password1234",  # common
        "Ayşe-Yılmazoğlu-1",
        "AYSE.YILMAZOGLU12",
        "egelojistik2026",
        "abababababab",
        "a" * 129,
        "             ",
    ],
)
def test_these_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        judge(password, Owner())
    assert caught.value.where == "password"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "kırmızı at pil zımba",
        "x9$Kq!vT2#mZ",
        "Ayşe 17 ördek besler, uçar",
        "şifre🙂🙃 uzun mu uzun",
    ],
)
def test_these_are_taken(password: str) -> None:
    judge(password, Owner())


def test_pieces_are_the_parts_that_a_guesser_tries() -> None:
    assert pieces("Ali Veli-Kırk", "ali.veli@x.example") == {"veli", "kırk", "example"}


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_password_of_nothing_but_the_name_is_always_like_it(name: str, more: str) -> None:
    found = pieces(name)
    for piece in found:
        assert like(piece, [name, more])
    assert not like("", [name]) or not found
    assert monotonous(name[:4])
