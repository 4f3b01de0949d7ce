"""Private keys and server certificates as files: 0600 in directories 0700, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from logix_common.errors import InvalidInput

from logix_server.config import current


def make_private_directory(path: Path) -> None:
    """`path` with mode 0700, whatever the umask; parents as they come."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


def write_private_file(path: Path, content: bytes) -> None:
    """Write `path` with mode 0600 so that a crash leaves the old content or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:  # whatever ended it, no half key stays
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private_file(path: Path) -> bytes:
    """The content of a file that only its owner may read; raises `InvalidInput` where others may."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & 0o077:
                mode = stat.S_IMODE(status.st_mode)
                raise InvalidInput(str(path), f"others may read it (mode {mode:04o}); chmod 600 it")
            return file.read()
    except OSError as error:
        raise InvalidInput(str(path), f"cannot be read ({error.strerror}); was `init` run?") from error


@dataclass(frozen=True)
class KeyStore:
    """The folder `pki` of a data directory; one folder a generation of the authority."""

    folder: Path

    def _generation(self, generation: int) -> Path:
        return self.folder / f"generation-{generation}"

    def write(self, generation: int, name: str, content: bytes) -> None:
        """Keep a file of a generation."""
        make_private_directory(self.folder)
        make_private_directory(self._generation(generation))
        write_private_file(self._generation(generation) / name, content)

    def read(self, generation: int, name: str) -> bytes:
        """A file of a generation. Raises `InvalidInput`."""
        return read_private_file(self._generation(generation) / name)

    def stamp(self, generation: int, name: str) -> int:
        """When a file of a generation was last written (ns), 0 when it is not there."""
        try:
            return (self._generation(generation) / name).stat().st_mtime_ns
        except OSError:
            return 0

    def new_key(self, generation: int, name: str) -> ec.EllipticCurvePrivateKey:
        """A fresh EC P-256 key, kept under `name`.key."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.write(generation, f"{name}.key", pem)
        return key

    def key(self, generation: int, name: str) -> ec.EllipticCurvePrivateKey:
        """The key `name` of a generation. Raises `InvalidInput`."""
        key = load_pem_private_key(self.read(generation, f"{name}.key"), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise InvalidInput(str(self._generation(generation)), f"{name}.key is not an EC key")
        return key


def keys() -> KeyStore:
    """The key store of this process's data directory."""
    return KeyStore(current().pki)
