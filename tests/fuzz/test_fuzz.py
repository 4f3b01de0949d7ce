"""Every parser of the agent under changed input: a few seconds each time, longer in `make soak`."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import random
import re
from pathlib import Path

import logix_agent
import logix_agent.probes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.engine import Astray, Coverage, Target, fuzz, limited_cpu, stretched
from tests.fuzz.mutation import MAX_INPUT, mutated
from tests.fuzz.targets import PARSERS, targets

OURS = str(Path(logix_agent.__file__).parent)
#: The same inputs every time in CI, so that a change is judged by itself; new ones everywhere else.
SEED = 20_240_229 if os.environ.get("CI") == "true" else random.SystemRandom().randrange(2**32)
SHORT, LONG = 100, 5_000
NAMES = [target.name for target in targets(Path("unused"))]


def the(name: str, scratch: Path) -> Target:
    return next(target for target in targets(scratch) if target.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_no_input_breaks_a_parser(name: str, tmp_path: Path) -> None:
    kept = fuzz(the(name, tmp_path), Coverage(OURS), random.Random(f"{SEED} {name}"), SHORT)
    assert kept >= 1


@pytest.mark.parametrize("name", NAMES)
def test_long_input_costs_bounded_memory_and_time(name: str, tmp_path: Path) -> None:
    target = the(name, tmp_path)
    assert target.seeds
    stretched(target, random.Random(f"{SEED} {name}"))


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", NAMES)
def test_no_input_breaks_a_parser_for_long(name: str, tmp_path: Path) -> None:
    runs = int(os.environ.get("LOGIX_FUZZ_RUNS", LONG))
    kept = fuzz(the(name, tmp_path), Coverage(OURS), random.Random(f"{SEED} {name}"), runs)
    assert kept >= 1


def test_every_parser_is_fuzzed(tmp_path: Path) -> None:
    """Each function `parse…` of a probe is entered by some target's seeds."""
    coverage = Coverage(OURS)
    for target in targets(tmp_path):
        for seed in target.seeds:
            coverage.run(target.run, seed)
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.iter_modules(logix_agent.probes.__path__, "logix_agent.probes.")
    ]
    parsers = {
        f"{module.__name__}.{name}": function.__code__
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("parse") and function.__module__ == module.__name__
    }
    assert len(parsers) > len(PARSERS)
    assert [name for name, code in parsers.items() if code not in coverage.entered] == []


@given(st.binary(max_size=300), st.binary(max_size=300), st.integers())
def test_a_changed_input_is_bounded(data: bytes, other: bytes, seed: int) -> None:
    assert len(mutated(data, other, random.Random(seed))) <= MAX_INPUT


def buried(data: bytes) -> None:
    """Fails only three steps deep, which chance alone does not find in so few runs."""
    if data[:1] != b"f":
        return
    if data[1:2] != b"u":
        return
    if data[2:3] != b"z":
        return
    raise KeyError("found")


def test_the_fuzzer_finds_what_lies_deep() -> None:
    target = Target("buried", buried, (b"aaaa", b"f", b"u", b"z", b"xu", b"xxz"))
    with pytest.raises(AssertionError, match="buried: KeyError"):
        fuzz(target, Coverage(str(Path(__file__).parent)), random.Random(1), 60_000)


def test_the_fuzzer_finds_what_takes_too_long() -> None:
    def endless(_: bytes) -> None:
        while True:
            pass

    with pytest.raises(AssertionError, match="lines run"):
        fuzz(Target("endless", endless, (b"",)), Coverage(str(Path(__file__).parent)), random.Random(1), 1)


def test_cpu_time_is_limited_in_regular_expressions_too() -> None:
    with pytest.raises(Astray), limited_cpu(0.2):
        re.match(r"(a+)+b", "a" * 40)
