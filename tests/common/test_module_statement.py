"""The bytes of a module statement: one form only, read strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_common.module_statement import (
    MAX_COUNTER,
    MAX_PAYLOAD,
    ModuleStatement,
    encoded,
    endorsement_input,
    parsed,
    signed_input,
)

DEVICE = "0123456789abcdef0123456789abcdef"
STATEMENT = ModuleStatement(
    device_id=DEVICE,
    counter=7,
    issued_at="2026-11-22T17:00:00Z",
    others=False,
    named={"webfilter": False, "reports": True},
    clauses=("UPD-6",),
    reason={"tr": "Güncelleme hizmeti bitti.", "en": "The update service ended."},
    last_disabling=7,
)

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
statements = st.builds(
    ModuleStatement,
    device_id=st.just(DEVICE),
    counter=st.integers(1, MAX_COUNTER),
    issued_at=st.just("2026-11-22T17:00:00Z"),
    others=st.sampled_from([True, False, None]),
    named=st.dictionaries(names, st.booleans(), max_size=20),
    clauses=st.lists(st.sampled_from(["UPD-6", "SUP-3", "UPD-1"]), max_size=3).map(tuple),
    reason=st.fixed_dictionaries({"tr": st.text(max_size=50), "en": st.text(max_size=50)}).filter(
        lambda told: all(text.isprintable() for text in told.values())
    ),
    last_disabling=st.just(0),
)


@given(statements)
def test_what_is_encoded_is_read_back_and_has_one_form(statement: ModuleStatement) -> None:
    payload = encoded(statement)
    assert parsed(payload) == statement
    assert encoded(parsed(payload)) == payload


def test_the_form_does_not_change() -> None:
    """Appliances hold signed statements: other bytes for the same content would be another format."""
    assert encoded(STATEMENT).decode() == (
        '{"clauses":["UPD-6"],"counter":7,"device_id":"0123456789abcdef0123456789abcdef","format":1,'
        '"issued_at":"2026-11-22T17:00:00Z","last_disabling":7,'
        '"modules":{"reports":"runs","webfilter":"disabled"},"others":"disabled",'
        '"reason":{"en":"The update service ended.","tr":"Güncelleme hizmeti bitti."}}'
    )
    assert signed_input(b"x") == b"logix module statement v1\0x"
    assert endorsement_input(b"x") == b"logix statement keys v1\0x"


def test_named_modules_come_before_the_others() -> None:
    assert (STATEMENT.runs("reports"), STATEMENT.runs("webfilter"), STATEMENT.runs("new")) == (
        True,
        False,
        False,
    )
    silent = ModuleStatement(DEVICE, 1, "", None)
    assert silent.runs("anything") is None


def test_a_key_that_is_newer_than_the_reader_is_left_out() -> None:
    content = json.loads(encoded(STATEMENT)) | {"later": [1, {"x": None}]}
    assert parsed(json.dumps(content).encode()) == STATEMENT


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"format": 2}, "format"),
        ({"format": True}, "format"),
        ({"device_id": "somebody"}, "device_id"),
        ({"counter": 0}, "counter"),
        ({"counter": True}, "counter"),
        ({"counter": 2**53}, "counter"),
        ({"counter": 7.0}, "counter"),
        ({"last_disabling": 8}, "last_disabling"),
        ({"others": "off"}, "others"),
        ({"others": []}, "others"),
        ({"modules": {"a b": "runs"}}, "modules"),
        ({"modules": {"../x": "runs"}}, "modules"),
        ({"modules": {"x": False}}, "modules: x"),
        ({"modules": ["x"]}, "modules"),
        ({"modules": {f"m{n}": "runs" for n in range(201)}}, "modules"),
        ({"clauses": ["because"]}, "clauses"),
        ({"clauses": "UPD-6"}, "clauses"),
        ({"reason": {"tr": 1}}, "reason"),
        ({"reason": {"tr": "x" * 2_001}}, "reason"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_statement_is_refused_by_name(change: dict[str, object], named: str) -> None:
    content = json.loads(encoded(STATEMENT)) | change
    with pytest.raises(InvalidInput, match=named):
        parsed(json.dumps(content).encode())


@pytest.mark.parametrize("missing", ["format", "device_id", "counter", "modules", "clauses", "reason"])
def test_nothing_may_be_missing(missing: str) -> None:
    content = json.loads(encoded(STATEMENT))
    del content[missing]
    with pytest.raises(InvalidInput, match=missing):
        parsed(json.dumps(content).encode())


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 20_000,
        b" " * (MAX_PAYLOAD + 1),
        b'{"counter":1,"counter":2}',
        b'{"counter":' + b"9" * 5_000 + b"}",
    ],
    ids=lambda payload: repr(payload[:20]),
)
def test_garbage_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidInput):
        parsed(payload)


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(payload: bytes) -> None:
    with pytest.raises(InvalidInput):
        parsed(payload)
