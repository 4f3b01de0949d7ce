"""The agent's settings: this module alone reads them.

One TOML file, by default `/etc/logix/agent.toml`. Every key is optional and checked; an error names
the file, the key and what was expected. Tables group nothing: all keys stand at the top level.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from logix_common.errors import InvalidInput

DEFAULT_FILE: Final = Path("/etc/logix/agent.toml")
#: Far above any real file; a larger one is a mistake.
MAX_FILE_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """Checked settings. Durations are seconds."""

    state_dir: Path = Path("/var/lib/logix-agent")
    sysroot: Path = Path("/")
    server: str = ""  # "" = as the enrolment bundle says
    gateway_port: int = 0  # 0 = as the enrolment bundle says
    enrolment_port: int = 0
    proxy: str = ""  # http://[user:password@]host:port
    log_level: str = "info"

    health_interval_seconds: float = 60.0
    finding_interval_seconds: float = 30.0
    inventory_interval_seconds: float = 3600.0
    smart_interval_seconds: float = 300.0  # disks are asked this rarely; at every pass on a sysroot
    probe_timeout_seconds: float = 20.0
    services: tuple[str, ...] = ()
    network_ports: tuple[str, ...] = ()  # ports that are meant to have a link
    modules_dir: str = "/etc/logix/modules.d"  # as on the machine, so below `sysroot`

    debounce_raise: int = 0  # consecutive sightings; 0 = each detector's own number
    debounce_clear: int = 0
    disk_full_percent: float = 95.0
    disk_full_critical_percent: float = 99.0

    spool_max_bytes: int = 16 * 1024 * 1024

    connect_timeout_seconds: float = 20.0
    keepalive_seconds: float = 30.0
    keepalive_timeout_seconds: float = 20.0
    heartbeat_seconds: float = 30.0  # until the server's Welcome says otherwise
    backoff_initial_seconds: float = 1.0
    backoff_max_seconds: float = 300.0
    refused_retry_seconds: float = 3600.0  # after a refusal that waiting will hardly lift (revoked, conflict)
    lost_server_spread_seconds: float = 30.0  # random delay before the first try after losing the server
    stable_after_seconds: float = 60.0  # a connection that lasted so long resets the backoff


Check = Callable[[object], Any]
_HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\]"


class _Expected(Exception):
    """What a value should have been."""


def _number(low: float, high: float) -> Check:
    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise _Expected(f"a number from {low:g} to {high:g}")
        return float(value)

    return check


def _whole(low: int, high: int) -> Check:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _Expected(f"a whole number from {low} to {high}")
        return value

    return check


def _text(pattern: str, expected: str) -> Check:
    compiled = re.compile(rf"(?:{pattern})\Z")

    def check(value: object) -> str:
        if not isinstance(value, str) or not compiled.match(value):
            raise _Expected(expected)
        return value

    return check


def _folder(value: object) -> Path:
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise _Expected('an absolute path in quotes, such as "/var/lib/logix-agent"')
    return Path(value)


def _units(value: object) -> tuple[str, ...]:
    unit = r"[A-Za-z0-9][A-Za-z0-9:_.@\\-]{0,127}\Z"
    if (
        not isinstance(value, list)
        or len(value) > 200
        or not all(isinstance(name, str) and re.match(unit, name) for name in value)
    ):
        raise _Expected('a list of at most 200 systemd unit names, such as ["nginx.service"]')
    return tuple(dict.fromkeys(value))


def _ports(value: object) -> tuple[str, ...]:
    if (
        not isinstance(value, list)
        or len(value) > 200
        or not all(isinstance(name, str) and re.match(r"[A-Za-z0-9][\w.-]{0,14}\Z", name) for name in value)
    ):
        raise _Expected('a list of at most 200 network ports, such as ["eth0"]')
    return tuple(dict.fromkeys(value))


def checks() -> dict[str, Check]:
    """The check of every key; made when settings are read and not kept in the resident process."""
    port = _whole(1, 65_535)
    return {
        "state_dir": _folder,
        "sysroot": _folder,
        "server": _text(_HOST, "a host name or address"),
        "gateway_port": port,
        "enrolment_port": port,
        "proxy": _text(
            r"|http://[^\s/?#]+:[0-9]{1,5}/?", 'an address such as "http://proxy.example:3128", or ""'
        ),
        "log_level": _text("debug|info|warning|error", "debug, info, warning or error"),
        "health_interval_seconds": _number(0.2, 86_400),
        "finding_interval_seconds": _number(0.1, 86_400),
        "inventory_interval_seconds": _number(0.2, 604_800),
        "smart_interval_seconds": _number(0.1, 86_400),
        "probe_timeout_seconds": _number(0.1, 300),
        "services": _units,
        "network_ports": _ports,
        "modules_dir": lambda value: str(_folder(value)),
        "debounce_raise": _whole(0, 1000),
        "debounce_clear": _whole(0, 1000),
        "disk_full_percent": _number(1, 100),
        "disk_full_critical_percent": _number(1, 100),
        "spool_max_bytes": _whole(64 * 1024, 4 * 1024**3),
        "connect_timeout_seconds": _number(0.1, 300),
        "keepalive_seconds": _number(1, 3600),
        "keepalive_timeout_seconds": _number(1, 300),
        "heartbeat_seconds": _number(0.1, 3600),
        "backoff_initial_seconds": _number(0.01, 3600),
        "backoff_max_seconds": _number(0.05, 86_400),
        "refused_retry_seconds": _number(0.1, 86_400),
        "lost_server_spread_seconds": _number(0, 86_400),
        "stable_after_seconds": _number(0, 86_400),
    }


def load(path: Path | None = None) -> AgentConfig:
    """The settings in the file at `path`; without one, those of the default file or the defaults.

    Raises `InvalidInput` naming the file, the key and the expectation.
    """
    import tomllib

    source = path or DEFAULT_FILE
    try:
        with source.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        if path is None:
            return AgentConfig()
        raise InvalidInput(str(source), "no such file; expected the agent's settings in TOML") from None
    except OSError as error:
        raise InvalidInput(str(source), f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(str(source), f"expected at most {MAX_FILE_BYTES} bytes")
    try:
        values = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(str(source), f"expected TOML: {error}") from error
    return checked(values, str(source))


def checked(values: Mapping[str, object], source: str) -> AgentConfig:
    """Settings of `values`; `source` names them in errors. Pure."""
    settings: dict[str, Any] = {}
    known = checks()
    for key, value in values.items():
        check = known.get(key)
        if check is None:
            import difflib

            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            raise InvalidInput(f"{source}: {key}", f"unknown key; did you mean {near[0]!r}?")
        try:
            settings[key] = check(value)
        except _Expected as expected:
            raise InvalidInput(f"{source}: {key}", f"expected {expected}, got {_shown(value)}") from None
    config = AgentConfig(**settings)
    for lower, upper in (
        ("disk_full_percent", "disk_full_critical_percent"),
        ("backoff_initial_seconds", "backoff_max_seconds"),
    ):
        if getattr(config, lower) > getattr(config, upper):
            raise InvalidInput(f"{source}: {lower}", f"expected at most {upper} ({getattr(config, upper):g})")
    return config


def with_sysroot(config: AgentConfig, sysroot: Path) -> AgentConfig:
    """The same settings for the machine below `sysroot`."""
    return dataclasses.replace(config, sysroot=sysroot.absolute())


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
