"""What a module statement says (UPD-6), and the bytes that are signed. Pure.

The bytes are JSON in the form of RFC 8785 for what is used of it: objects with ASCII keys in ascending
order, no white space, UTF-8, whole numbers below 2^53. They are verified exactly as they came and parsed
only then; a statement is never encoded again to be checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from logix_common.errors import InvalidInput
from logix_common.identifiers import is_device_id

FORMAT: Final = 1
MAX_PAYLOAD: Final = 32 * 1024
MAX_MODULES: Final = 200
#: Whole numbers up to here are the same in every JSON reader (RFC 8785 3.2.2.3).
MAX_COUNTER: Final = 2**53 - 1
SIGNATURE_BYTES: Final = 64
MAX_KEYS: Final = 16
_MAX_TEXT: Final = 2_000
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_CLAUSE: Final = re.compile(r"[A-Z]{3}-[0-9]{1,2}\Z")
_STATES: Final = {"runs": True, "disabled": False}
_WORDS: Final = {runs: word for word, runs in _STATES.items()}


@dataclass(frozen=True)
class ModuleStatement:
    """One statement for one device.

    `named`: whether each of these modules runs. `others`: the same for modules that are not named; None =
    nothing is said of them. `last_disabling`: the counter of the newest statement that disabled
    something, this one included; 0 = there was none. `issued_at` is for people; nothing is decided by it.
    """

    device_id: str
    counter: int
    issued_at: str
    others: bool | None
    named: Mapping[str, bool] = field(default_factory=dict)
    clauses: tuple[str, ...] = ()
    reason: Mapping[str, str] = field(default_factory=dict)  # {"tr": ..., "en": ...}
    last_disabling: int = 0

    def runs(self, name: str) -> bool | None:
        """Whether the module `name` is to run; None = the statement says nothing of it."""
        return self.named.get(name, self.others)


def is_module_name(text: str) -> bool:
    """Whether `text` may name a module."""
    return _NAME.match(text) is not None


def encoded(statement: ModuleStatement) -> bytes:
    """The bytes to sign."""
    content: dict[str, Any] = {
        "clauses": list(statement.clauses),
        "counter": statement.counter,
        "device_id": statement.device_id,
        "format": FORMAT,
        "issued_at": statement.issued_at,
        "last_disabling": statement.last_disabling,
        "modules": {name: _WORDS[runs] for name, runs in statement.named.items()},
        "others": None if statement.others is None else _WORDS[statement.others],
        "reason": dict(statement.reason),
    }
    return canonical(content)


def canonical(content: object) -> bytes:
    """`content` as JSON in one form only."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def parsed(payload: bytes) -> ModuleStatement:
    """The statement in `payload`; raises `InvalidInput` naming the field. Unknown keys are left out."""
    if len(payload) > MAX_PAYLOAD:
        raise InvalidInput("module statement", f"expected at most {MAX_PAYLOAD} bytes, got {len(payload)}")
    try:
        content = json.loads(payload.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("module statement", f"is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise InvalidInput("module statement", "expected an object")
    if type(content.get("format")) is not int or content["format"] != FORMAT:
        raise InvalidInput("module statement: format", f"expected {FORMAT}")
    device_id = _text(content, "device_id", 32)
    if not is_device_id(device_id):
        raise InvalidInput("module statement: device_id", "expected 32 hexadecimal digits")
    counter = _whole(content, "counter", 1)
    return ModuleStatement(
        device_id=device_id,
        counter=counter,
        issued_at=_text(content, "issued_at", 40),
        others=_others(content),
        named=_named(content.get("modules")),
        clauses=_clauses(content.get("clauses")),
        reason=_reason(content.get("reason")),
        last_disabling=_whole(content, "last_disabling", 0, counter),
    )


def signed_input(payload: bytes) -> bytes:
    """What the signature is over: good for a module statement and for nothing else."""
    return b"logix module statement v1\0" + payload


def endorsement_input(keys_pem: bytes) -> bytes:
    """What a known key signs to bring in other ones."""
    return b"logix statement keys v1\0" + keys_pem


def key_id(public_key_der: bytes) -> str:
    """The name of a public key (SubjectPublicKeyInfo in DER): half of its SHA-256, hexadecimal."""
    import hashlib  # brings OpenSSL's digests; the resident agent never asks for this

    return hashlib.sha256(public_key_der).hexdigest()[:32]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content


def _text(content: Mapping[str, Any], key: str, limit: int) -> str:
    value = content.get(key)
    if not isinstance(value, str) or len(value) > limit:
        raise InvalidInput(f"module statement: {key}", f"expected a text of at most {limit} characters")
    return value


def _whole(content: Mapping[str, Any], key: str, low: int, high: int = MAX_COUNTER) -> int:
    value = content.get(key)
    if type(value) is not int or not low <= value <= high:
        raise InvalidInput(f"module statement: {key}", f"expected a whole number from {low} to {high}")
    return value


def _state(where: str, value: object) -> bool:
    if not isinstance(value, str) or value not in _STATES:
        raise InvalidInput(f"module statement: {where}", 'expected "runs" or "disabled"')
    return _STATES[value]


def _others(content: Mapping[str, Any]) -> bool | None:
    return None if content.get("others") is None else _state("others", content["others"])


def _named(content: object) -> dict[str, bool]:
    if not isinstance(content, dict) or len(content) > MAX_MODULES:
        raise InvalidInput("module statement: modules", f"expected an object of at most {MAX_MODULES}")
    for name in content:
        if not is_module_name(name):
            raise InvalidInput("module statement: modules", f"expected names of modules, got {name!r:.80}")
    return {name: _state(f"modules: {name}", value) for name, value in content.items()}


def _clauses(content: object) -> tuple[str, ...]:
    if not isinstance(content, list) or len(content) > 32:
        raise InvalidInput("module statement: clauses", "expected a list of at most 32 clauses")
    if not all(isinstance(clause, str) and _CLAUSE.match(clause) for clause in content):
        raise InvalidInput("module statement: clauses", 'expected clauses such as "UPD-6"')
    return tuple(content)


def _reason(content: object) -> dict[str, str]:
    if not isinstance(content, dict) or len(content) > 8:
        raise InvalidInput("module statement: reason", "expected an object of texts by language")
    if not all(isinstance(text, str) and len(text) <= _MAX_TEXT for text in content.values()):
        raise InvalidInput("module statement: reason", f"expected texts of at most {_MAX_TEXT} characters")
    return dict(content)
