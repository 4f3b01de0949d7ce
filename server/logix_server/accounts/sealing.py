"""What lies in the database sealed or as a keyed digest, by keys that follow from the server's secret key.

Who reads the database alone learns nothing of it. Where the secret key is lost, so is what was sealed:
second factors are then set up anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from logix_common.errors import LogixError

_NONCE_BYTES = 12


class CannotUnseal(LogixError):
    """Sealed by another key, for another purpose or owner, or changed since."""


@cache
def _key(secret: str, purpose: str) -> bytes:
    # RFC 5869: a key of its own for every purpose.
    return HKDF(SHA256(), 32, salt=None, info=f"logix {purpose}".encode()).derive(secret.encode())


def seal(text: str, purpose: str, owner: str) -> str:
    """`text` by AES-256-GCM; opens for the same purpose and owner only."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_key(settings.SECRET_KEY, purpose)).encrypt(nonce, text.encode(), owner.encode())
    return base64.b64encode(nonce + sealed).decode("ascii")


def unseal(sealed: str, purpose: str, owner: str) -> str:
    """What was sealed. Raises `CannotUnseal`."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        return AESGCM(_key(settings.SECRET_KEY, purpose)).decrypt(nonce, rest, owner.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotUnseal(f"{purpose}: was sealed by another secret key, or was changed") from error


def digest(text: str, purpose: str) -> str:
    """A keyed digest, 64 hexadecimal digits: without the key nobody can tell whether a guess is right."""
    return hmac.new(_key(settings.SECRET_KEY, purpose), text.encode(), hashlib.sha256).hexdigest()
