"""A lifecycle's table lets through what it lists and nothing else."""

from __future__ import annotations

from enum import Enum

import pytest
from logix_common.errors import IllegalTransition
from logix_common.transitions import Transitions


class Light(Enum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


TABLE = Transitions("light", {Light.RED: {Light.GREEN, Light.RED}, Light.GREEN: {Light.RED}})


@pytest.mark.parametrize("pair", [(Light.RED, Light.GREEN), (Light.RED, Light.RED), (Light.GREEN, Light.RED)])
def test_a_listed_pair_gives_the_new_state(pair: tuple[Light, Light]) -> None:
    assert TABLE.check(*pair) is pair[1]


@pytest.mark.parametrize(
    "pair", [(Light.GREEN, Light.GREEN), (Light.RED, Light.BROKEN), (Light.BROKEN, Light.RED)]
)
def test_any_other_pair_is_refused_by_name(pair: tuple[Light, Light]) -> None:
    with pytest.raises(IllegalTransition, match=f"light: {pair[0].value} -> {pair[1].value}"):
        TABLE.check(*pair)


def test_a_bulk_change_takes_only_the_states_that_the_table_lets_through() -> None:
    assert TABLE.before(Light.RED) == [Light.RED, Light.GREEN]
    assert TABLE.before(Light.BROKEN) == []
    assert TABLE.before(Light.RED, among=[Light.GREEN]) == [Light.GREEN]
    with pytest.raises(IllegalTransition, match="light: green -> green"):
        TABLE.before(Light.GREEN, among=[Light.RED, Light.GREEN])
