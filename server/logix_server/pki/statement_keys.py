"""The keys that sign module statements: Ed25519, apart from the authority's, several valid at a time.

A private key is a file (0600) in `statement-keys/` of the data directory, and is needed only where
statements are issued: by the jobs role and the command line. Its public part goes to devices in the trust
bundle. A set of keys that is another than the last one is endorsed by every key that we hold, so that a
device can tell it from one that a stolen server would hand out.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from logix_common.errors import InvalidInput
from logix_common.module_statement import MAX_KEYS, endorsement_input, key_id, signed_input

from logix_server.config import current
from logix_server.pki.models import StatementKey
from logix_server.pki.store import make_private_directory, read_private_file, write_private_file

#: One place is left free, so that a new key can always come before an old one goes.
MOST: Final = MAX_KEYS - 1


@dataclass(frozen=True)
class Signer:
    """A private key that signs statements."""

    key_id: str
    key: Ed25519PrivateKey

    def sign(self, payload: bytes) -> bytes:
        """The signature that a statement with `payload` carries."""
        return self.key.sign(signed_input(payload))


def make_key(since_version: int, now: datetime) -> StatementKey:
    """A fresh key that devices learn of with trust bundle `since_version`; the file comes before the row."""
    if StatementKey.objects.filter(retired_at__isnull=True).count() >= MOST:
        raise InvalidInput("statement key", f"there are {MOST} already; retire one first")
    key = Ed25519PrivateKey.generate()
    name = name_of(key.public_key())
    folder = current().statement_keys
    make_private_directory(folder)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private_file(folder / f"{name}.key", pem)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    return StatementKey.objects.create(
        key_id=name, public_pem=public, since_version=since_version, created_at=now
    )


def name_of(key: Ed25519PublicKey) -> str:
    """The key id of a public key."""
    return key_id(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def signer(name: str) -> Signer:
    """The private key `name`. Raises `InvalidInput` where it is not here, or others may read it."""
    path = current().statement_keys / f"{name}.key"
    key = load_pem_private_key(read_private_file(path), None)
    if not isinstance(key, Ed25519PrivateKey) or name_of(key.public_key()) != name:
        raise InvalidInput(str(path), f"is not the Ed25519 key {name}")
    return Signer(name, key)


def endorsed(keys_pem: str) -> list[dict[str, str]]:
    """Signatures over the set of public keys in use, by its oldest key and all before that one.

    No newer key vouches for a set that holds an older one: once that is retired, an endorsement from before
    brings it back on no device, whoever sends it. Keys whose private part is not here cannot vouch.
    """
    endorsements = []
    for key in StatementKey.objects.order_by("since_version", "key_id"):
        if (current().statement_keys / f"{key.key_id}.key").exists():  # else destroyed after its retirement
            signature = signer(key.key_id).key.sign(endorsement_input(keys_pem.encode("ascii")))
            told = base64.b64encode(signature).decode("ascii")
            endorsements.append({"key_id": key.key_id, "signature": told})
        if key.retired_at is None:
            break
    return endorsements[-MAX_KEYS:]
