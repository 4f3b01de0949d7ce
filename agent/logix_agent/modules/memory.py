"""The last module statement accepted and what was turned off because of it: one file, replaced as a whole."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from logix_common.errors import InvalidInput
from logix_common.module_statement import ModuleStatement, parsed

from logix_agent.host.durable_files import write_atomically
from logix_agent.modules.facts import SignedStatement, WasOn

FILE: Final = "modules.json"
_MAX_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """`pending`: the statement was not carried out to its end yet. `off`: what we have turned off.

    `forgotten`: modules may be off because of a statement that this memory does not hold. `guard`: units of
    security modules that ran before something was turned off, until it is certain that they still run.
    """

    statement: ModuleStatement | None = None
    signed: SignedStatement | None = None
    pending: bool = False
    forgotten: bool = False
    off: dict[str, WasOn] = field(default_factory=dict)
    guard: tuple[str, ...] = ()

    def counter(self, device_id: str) -> int:
        """Of the newest statement that was accepted for `device_id`; 0 = none."""
        if self.statement is None or self.statement.device_id != device_id:
            return 0
        return self.statement.counter


def load(path: Path) -> Memory:
    """What is kept at `path`, nothing where there is no file.

    Raises `OSError`, and `InvalidInput` for what `save` did not write.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return Memory()
    return decoded(data)


def save(path: Path, memory: Memory) -> None:
    """Replace the file, durably. Raises `OSError`."""
    write_atomically(path, encoded(memory), 0o600)


def encoded(memory: Memory) -> bytes:
    """The file's bytes. Pure."""
    signed = memory.signed
    content: dict[str, Any] = {
        "version": 1,
        "pending": memory.pending,
        "forgotten": memory.forgotten,
        "guard": memory.guard,
        "off": {name: {"enabled": was.enabled, "active": was.active} for name, was in memory.off.items()},
        "statement": None
        if signed is None
        else {
            "payload": base64.b64encode(signed.payload).decode(),
            "signature": base64.b64encode(signed.signature).decode(),
            "key_id": signed.key_id,
        },
    }
    return json.dumps(content).encode()


def decoded(data: bytes) -> Memory:
    """What the file's bytes say; raises `InvalidInput` for anything that `encoded` did not write. Pure."""
    try:
        content = json.loads(data)
        if content["version"] != 1:
            raise ValueError(f"version {content['version']!r}")
        statement, signed = None, None
        if content["statement"] is not None:
            told = {name: str(value) for name, value in content["statement"].items()}
            signed = SignedStatement(
                base64.b64decode(told["payload"], validate=True),
                base64.b64decode(told["signature"], validate=True),
                told["key_id"],
            )
            statement = parsed(signed.payload)
        guard = _units(content["guard"])
        off = {str(name): _was_on(was) for name, was in content["off"].items()}
        pending, forgotten = content["pending"] is True, content["forgotten"] is True
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(FILE, f"cannot be used ({type(error).__name__}: {error})"[:300]) from error
    return Memory(statement, signed, pending, forgotten, off, guard)


def _was_on(was: dict[str, Any]) -> WasOn:
    return WasOn(_units(was["enabled"]), _units(was["active"]))


def _units(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(unit, str) for unit in value):
        raise ValueError("expected lists of units")
    return tuple(value)
