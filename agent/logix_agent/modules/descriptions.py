"""Reads `modules.d/*.toml`: which modules the product has and how each is turned on and off.

    name = "webfilter"                      # the file's name where it is left out
    version = "5.4.2"
    security = false                        # security modules are never turned off
    units = ["logix-webfilter.service"]     # or, instead of units:
    on = [["logixctl", "enable", "webfilter"]]
    off = [["logixctl", "disable", "webfilter"]]
    state = ["logixctl", "is-active", "webfilter"]    # ends with 0 while it runs; may be left out

A file that is not like this is an error that people see and nothing else: its module is left as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from logix_common.errors import InvalidInput
from logix_common.module_statement import MAX_MODULES, is_module_name

from logix_agent.host.paths import HostPaths
from logix_agent.modules.facts import BadFile, Description, Descriptions

MAX_BYTES: Final = 64 * 1024
_FILE: Final = re.compile(r"\w[\w.-]*\.toml\Z")
_UNIT_NAME: Final = r"[A-Za-z0-9:_.@\\-]{1,120}\.(?:service|socket|timer|path|target)"
_UNIT: Final = re.compile(rf"{_UNIT_NAME}\Z")
#: In a file that cannot be used: what looks like a unit, and what says that it is no security module's.
_QUOTED_UNIT: Final = re.compile(rf"""["']({_UNIT_NAME})["']""")
_NO_SECURITY: Final = re.compile(r"^[ \t]*security[ \t]*=[ \t]*false\b", re.MULTILINE)
_PROGRAM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")
_WORD: Final = re.compile(r"[^\x00-\x1f\x7f]{0,256}\Z")
_CONTROL: Final = ("security", "units", "on", "off", "state")
_KEYS: Final = ("name", "version", "enabled", *_CONTROL)
_MAX_UNITS: Final = 32
_MAX_PROGRAMS: Final = 16
_MAX_WORDS: Final = 32
#: Whoever turned this off could not turn anything on again.
_OURSELVES: Final = "logix-agent.service"


@dataclass(frozen=True, slots=True)
class _File:
    """A file's name without its ending, and what it gave."""

    stem: str
    data: bytes | None
    problem: str = ""


def read(paths: HostPaths, folder: str) -> Descriptions:
    """Every description below `folder`; never raises. No folder: no modules."""
    names = [name for name in paths.names(folder, 1000) or () if _FILE.match(name)]
    files = []
    for number, name in enumerate(names):
        reading = paths.read(f"{folder}/{name}", MAX_BYTES)
        problem = f"is longer than {MAX_BYTES} bytes" if reading.truncated else reading.problem
        if number >= MAX_MODULES:
            problem = problem or f"there are more than {MAX_MODULES} files"
        if paths.open_to_all(folder) or paths.open_to_all(f"{folder}/{name}"):
            # What stands in it is run as the agent.
            problem = problem or "everybody may write to it, or to its folder; chmod o-w"
        files.append(_File(name.removesuffix(".toml"), reading.data, problem))
    return _described(files)


def parse(stem: str, data: bytes) -> Description:
    """The description in a file; raises `InvalidInput` naming the key."""
    import tomllib

    try:
        values = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("file", f"is not TOML ({error})") from error
    for key in values:
        if key not in _KEYS:
            raise InvalidInput(key[:64], f"unknown key; expected one of {', '.join(_KEYS)}")
    name = values.get("name", stem)
    if not isinstance(name, str) or not is_module_name(name):
        raise InvalidInput("name", "expected letters, digits, dots, dashes and underscores, at most 64")
    if not any(key in values for key in _CONTROL):
        return Description(name, None)
    security = values.get("security")
    if not isinstance(security, bool):
        raise InvalidInput("security", "expected true or false")
    units = _units(values.get("units", []))
    on, off = _programs(values, "on"), _programs(values, "off")
    state = _words("state", values["state"]) if "state" in values else ()
    if not security and bool(units) == bool(on or off):
        raise InvalidInput(
            "units", "expected either systemd units or on and off, for a module that can go off"
        )
    if not security and not units and not (on and off):
        raise InvalidInput("off" if on else "on", "expected both on and off")
    return Description(name, security, units, on, off, state)


def _units(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MAX_UNITS:
        raise InvalidInput("units", f"expected a list of at most {_MAX_UNITS} systemd units")
    for unit in value:
        if not isinstance(unit, str) or not _UNIT.match(unit) or unit.startswith("-"):
            raise InvalidInput("units", 'expected names such as "logix-webfilter.service"')
        if unit == _OURSELVES:
            raise InvalidInput("units", f"{_OURSELVES} belongs to no module")
    return tuple(dict.fromkeys(value))


def _programs(values: Mapping[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    value = values.get(key, [])
    if not isinstance(value, list) or len(value) > _MAX_PROGRAMS:
        raise InvalidInput(key, f"expected a list of at most {_MAX_PROGRAMS} programs with their arguments")
    return tuple(_words(key, words) for words in value)


def _words(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MAX_WORDS:
        raise InvalidInput(key, f"expected a program and its arguments, 1 to {_MAX_WORDS} words")
    if not all(isinstance(word, str) and _WORD.match(word) for word in value):
        raise InvalidInput(key, "expected words of at most 256 characters without control characters")
    if not _PROGRAM.match(value[0]):
        raise InvalidInput(key, f"expected the name of a program without its path, got {value[0]!r:.80}")
    return tuple(value)


def _described(files: Sequence[_File]) -> Descriptions:
    modules: list[Description] = []
    bad: list[BadFile] = []
    guarded: list[str] = []
    for file in files:
        try:
            if file.data is None or file.problem:
                raise InvalidInput("file", file.problem or "cannot be read")
            modules.append(parse(file.stem, file.data))
        except InvalidInput as error:
            bad.append(BadFile(file.stem, f"{file.stem}.toml: {error}"[:500]))
            guarded += _guarded(file.data or b"")
    good: list[Description] = []
    for module in modules:
        problem = _clash(module, modules)
        if problem:
            bad.append(BadFile(module.name, problem))
            guarded += module.units if module.security else ()
        else:
            good.append(module)
    return Descriptions(tuple(good), tuple(bad), tuple(dict.fromkeys(guarded)))


def _guarded(data: bytes) -> list[str]:
    """The units of a file that cannot be used, unless it says plainly that they are no security module's."""
    text = data.decode("utf-8", "replace")
    return [] if _NO_SECURITY.search(text) else _QUOTED_UNIT.findall(text)[:_MAX_UNITS]


def _clash(module: Description, modules: Sequence[Description]) -> str:
    """Why two files together leave it unclear what a statement would turn off; "" where it is clear."""
    if Counter(each.name for each in modules)[module.name] > 1:
        return f"{module.name}: several files describe a module of this name"
    if module.security is not False:
        return ""
    for other in modules:
        shared = set(module.units) & set(other.units)
        if other is not module and shared:
            return f"{module.name}: units: {sorted(shared)[0]} belongs to module {other.name} as well"
    return ""
