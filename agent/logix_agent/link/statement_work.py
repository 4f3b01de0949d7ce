"""Signatures of module statements, and which keys may make them: a part of `certificate_work`'s process."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from logix_common.errors import InvalidInput
from logix_common.module_statement import (
    MAX_KEYS,
    MAX_PAYLOAD,
    SIGNATURE_BYTES,
    endorsement_input,
    key_id,
    signed_input,
)

_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]{1,400}-----END PUBLIC KEY-----\s*")


def statement(fields: dict[str, Any]) -> dict[str, Any]:
    """Whether a key that the device trusts has signed exactly this payload; raises `InvalidInput`."""
    payload, signature = _bytes(fields["payload"]), _bytes(fields["signature"])
    if not 0 < len(payload) <= MAX_PAYLOAD or len(signature) != SIGNATURE_BYTES:
        raise InvalidInput("module statement", "has no payload and signature of the size that they must have")
    key = statement_keys(fields["keys_pem"]).get(fields["key_id"])
    if key is None:
        raise InvalidInput("module statement: key_id", "is no key that this device trusts")
    try:
        key.verify(signature, signed_input(payload))
    except InvalidSignature as error:
        raise InvalidInput("module statement: signature", "is not of the key that it names") from error
    return {}


def accepted_keys(fields: dict[str, Any]) -> tuple[str, str]:
    """The statement keys to trust from now on, and why those are still the old ones ("" = they are new).

    The first keys come with the enrolment. Later ones are taken only where a known one vouches for them:
    who has stolen the server's certificate alone can bring in no key of his own.
    """
    offered, known = fields["statement_keys_pem"], fields["known_statement_keys_pem"]
    if offered == known:
        return known, ""
    if not offered:
        return known, "the new trust bundle holds no keys for module statements"
    try:
        statement_keys(offered)
        if not known or _vouched(offered, statement_keys(known), fields["endorsements"]):
            return offered, ""
    except InvalidInput as error:
        return known, str(error)
    return known, "no known key vouches for the new keys for module statements"


def statement_keys(pem: str) -> dict[str, Ed25519PublicKey]:
    """The keys in `pem` by their ids; raises `InvalidInput`."""
    pieces = _PEM.findall(pem)
    if "".join(pieces) != pem or len(pieces) > MAX_KEYS:
        raise InvalidInput("statement keys", f"expected at most {MAX_KEYS} public keys in PEM")
    found = {}
    for piece in pieces:
        try:
            key = load_pem_public_key(piece.encode("ascii"))
        except (ValueError, TypeError) as error:
            raise InvalidInput("statement keys", "cannot be read") from error
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidInput("statement keys", "expected Ed25519 keys")
        found[key_id(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))] = key
    return found


def _vouched(offered: str, known: dict[str, Ed25519PublicKey], endorsements: list[dict[str, str]]) -> bool:
    for endorsement in endorsements[:MAX_KEYS]:
        key = known.get(endorsement["key_id"])
        if key is None:
            continue
        try:
            key.verify(_bytes(endorsement["signature"]), endorsement_input(offered.encode("ascii")))
        except InvalidSignature:
            continue
        return True
    return False


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidInput("module statement", "is not base64") from error
