"""The device's identity on disk.

    identity/identity.json        the one pointer: device, addresses, which generations hold
    identity/trust.json           trust bundle and its version
    identity/GENERATION/key.pem   0600; with chain.pem and facts.json once a certificate was issued

It is read once and then held in memory: the loop never waits for a disk that hangs, and one that fails
later takes no identity away. Only the process that holds the state directory's lock changes it.

Key and chain must change together, so a change is one rename of identity.json: a crash at any instant
leaves the old pair or the new one. A *pending* generation has a key whose certificate was asked for; a
*candidate* has its certificate and is tried before the current one until the server has taken it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from logix_common.errors import InvalidInput, LogixError

from logix_agent.host.durable_files import sync_folder, write_atomically
from logix_agent.link.identity_facts import Credential, Device, Trust, device_content, parse_device

_POINTER: Final = "identity.json"
_TRUST: Final = "trust.json"
_SERVER_TIME: Final = "server-time"
_SLOTS: Final = ("current", "candidate", "pending")


class NotEnrolled(LogixError):
    """There is no usable identity here."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What does not need a key, as it stands on disk."""

    pointer: Mapping[str, Any]
    trust: Trust | None
    server_us: int


@dataclass(frozen=True, slots=True)
class _Keys:
    """What the pointer points to, as it stands on disk."""

    current: Credential | None
    candidate: Credential | None
    pending_key: str | None


class IdentityStore:
    """Reads and changes the identity below `folder`; `OSError` where the disk takes no change.

    Changes may be made in another thread than the one that asks, one after the other.
    """

    def __init__(self, folder: Path, write: Callable[[Path, bytes, int], None] = write_atomically) -> None:
        """`write` replaces a file by content with a mode, durably and all or nothing."""
        self._folder = folder
        self._replace = write
        self._held: _Held | None = None
        self._keys: _Keys | None = None

    def exists(self) -> bool:
        """Whether a usable identity is here."""
        try:
            self.device()
            self.trust()
            return self.current() is not None
        except NotEnrolled:
            return False

    def device(self) -> Device:
        """The enrolled device; raises `NotEnrolled`."""
        pointer = self._hold().pointer
        if not pointer.get("device"):
            raise NotEnrolled(f"{self._folder}: not enrolled; run logix-agent enrol --bundle FILE")
        try:
            return parse_device(pointer["device"], str(self._folder / _POINTER))
        except (InvalidInput, AttributeError) as error:
            raise NotEnrolled(f"{error}; run logix-agent enrol --again --bundle FILE") from error

    def trust(self) -> Trust:
        """What the device trusts; raises `NotEnrolled`."""
        trust = self._hold().trust
        if trust is None:
            raise NotEnrolled(
                f"{self._folder / _TRUST}: no trust bundle; run logix-agent enrol --bundle FILE"
            )
        return trust

    def current(self) -> Credential | None:
        """The credential that the server has taken last."""
        return self._hold_keys().current

    def candidate(self) -> Credential | None:
        """A renewed credential that the server has not taken yet."""
        return self._hold_keys().candidate

    def pending_key(self) -> str | None:
        """The key whose certificate was asked for and has not come."""
        return self._hold_keys().pending_key

    def keep_pending_key(self, key_pem: str) -> None:
        """Persist a key before its certificate is asked for, so that a lost answer can be asked for again."""
        generation = os.urandom(8).hex()
        self._write(generation, "key.pem", key_pem)
        self._point(pending=generation)

    def keep_candidate(self, chain_pem: str, not_before_us: int, not_after_us: int) -> None:
        """The pending key has got its certificate: it is tried next."""
        generation = self._complete_pending(chain_pem, not_before_us, not_after_us)
        self._point(candidate=generation, pending=None)

    def promote_candidate(self) -> None:
        """The server has taken the candidate: from now on it is the identity."""
        generation = self._hold().pointer.get("candidate")
        if isinstance(generation, str):  # else it was done before, by a write that came back late
            self._point(current=generation, candidate=None)

    def drop_candidate(self) -> None:
        """The server will not have the candidate."""
        self._point(candidate=None)

    def drop_pending(self) -> None:
        """The pending key is not to be used."""
        self._point(pending=None)

    def keep_trust(self, trust: Trust) -> None:
        """Replace the trust bundle."""
        self._prepare()
        content = {
            "version": trust.version,
            "ca_pem": trust.ca_pem,
            "statement_keys_pem": trust.statement_keys_pem,
        }
        self._replace(self._folder / _TRUST, json.dumps(content).encode(), 0o644)
        self._held = replace(self._hold(), trust=trust)

    def enrolled(
        self, device: Device, trust: Trust, chain_pem: str, not_before_us: int, not_after_us: int
    ) -> None:
        """The pending key has got its first certificate; an older identity is forgotten."""
        generation = self._complete_pending(chain_pem, not_before_us, not_after_us)
        self.keep_trust(trust)
        self._point(device=device_content(device), current=generation, candidate=None, pending=None)

    def keep_server_time(self, server_us: int) -> None:
        """Note the newest server time heard, by which an expiry is reckoned after a restart."""
        self._prepare()
        self._replace(self._folder / _SERVER_TIME, str(server_us).encode(), 0o644)
        self._held = replace(self._hold(), server_us=server_us)

    def last_server_time(self) -> int:
        """The newest server time ever noted in µs, 0 when there is none."""
        return self._hold().server_us

    def _complete_pending(self, chain_pem: str, not_before_us: int, not_after_us: int) -> str:
        generation = self._hold().pointer.get("pending")
        if not isinstance(generation, str):
            raise LogixError("a certificate came for a key that is not pending")
        facts = json.dumps({"not_before_us": not_before_us, "not_after_us": not_after_us})
        self._write(generation, "chain.pem", chain_pem)
        self._write(generation, "facts.json", facts)
        return generation

    def _hold(self) -> _Held:
        if self._held is None:
            trust = _trust_in(_read_json(self._folder / _TRUST))
            self._held = _Held(_read_json(self._folder / _POINTER), trust, self._server_time())
        return self._held

    def _hold_keys(self) -> _Keys:
        if self._keys is None:
            self._keys = self._keys_of(self._hold().pointer)
        return self._keys

    def _keys_of(self, pointer: Mapping[str, Any]) -> _Keys:
        pending = pointer.get("pending")
        return _Keys(
            self._credential(pointer.get("current")),
            self._credential(pointer.get("candidate")),
            self._read(pending, "key.pem") if isinstance(pending, str) else None,
        )

    def _server_time(self) -> int:
        try:
            return int((self._folder / _SERVER_TIME).read_bytes()[:32])
        except (OSError, ValueError):
            return 0

    def _credential(self, generation: object) -> Credential | None:
        if not isinstance(generation, str):
            return None
        key, chain = self._read(generation, "key.pem"), self._read(generation, "chain.pem")
        facts = _read_json(self._folder / generation / "facts.json")
        since, until = facts.get("not_before_us"), facts.get("not_after_us")
        if not key or not chain or not isinstance(since, int) or not isinstance(until, int):
            return None
        return Credential(generation, key, chain, since, until)

    def _point(self, **changes: Any) -> None:
        self._prepare()
        pointer = {**self._hold().pointer, **changes}
        self._replace(self._folder / _POINTER, json.dumps(pointer, indent=1).encode(), 0o644)
        self._held = replace(self._hold(), pointer=pointer)
        try:
            self._keys = self._keys_of(pointer)
        except OSError:  # it is changed all the same; whoever asks next reads it
            self._keys = None
        named = {pointer.get(slot) for slot in _SLOTS}
        for folder in self._folder.iterdir():  # what nothing points to any more
            if folder.is_dir() and folder.name not in named:
                _forget(folder)

    def _write(self, generation: str, name: str, content: str) -> None:
        self._prepare()
        folder = self._folder / generation
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            sync_folder(self._folder)
        self._replace(folder / name, content.encode(), 0o600)

    def _read(self, generation: str, name: str) -> str | None:
        with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
            return (self._folder / generation / name).read_text(encoding="ascii")
        return None

    def _prepare(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True)
            sync_folder(self._folder.parent)
        elif self._folder.stat().st_mode & 0o077:
            self._folder.chmod(0o700)


def _trust_in(content: Mapping[str, Any]) -> Trust | None:
    version, ca_pem = content.get("version"), content.get("ca_pem")
    if not isinstance(version, int) or not isinstance(ca_pem, str):
        return None
    keys_pem = content.get("statement_keys_pem")
    if not isinstance(keys_pem, str):
        # Kept by an older agent, which left out what it did not know of: the same version is asked for again.
        return Trust(max(version - 1, 0), ca_pem)
    return Trust(version, ca_pem, keys_pem)


def with_server(device: Device, host: str, gateway_port: int, enrolment_port: int) -> Device:
    """`device` with the addresses that the configuration sets; "" and 0 leave the enrolled ones."""
    server = device.server
    changed = replace(
        server,
        host=host or server.host,
        gateway_port=gateway_port or server.gateway_port,
        enrolment_port=enrolment_port or server.enrolment_port,
    )
    return replace(device, server=changed)


def _forget(folder: Path) -> None:
    """Remove a generation; what the disk does not let go of is tried again at the next change."""
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _read_json(path: Path) -> dict[str, Any]:
    """The object in `path`, {} where there is none.

    Raises `OSError` where the disk does not give what is there: an identity that cannot be read for a
    moment is not an identity that is gone, and must not be written over.
    """
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
