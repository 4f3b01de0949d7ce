"""What a device sends to get a certificate, checked. Pure; PKCS #10 is RFC 2986."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from logix_common.errors import InvalidInput
from logix_common.identifiers import renewal_proof_input

MAX_CSR_BYTES: Final = 4_096
MAX_PROOF_BYTES: Final = 128  # a DER ECDSA P-256 signature has at most 72


def public_key_of(csr_der: bytes) -> ec.EllipticCurvePublicKey:
    """The key that a request proves to hold. Nothing else in the request is believed.

    Raises `InvalidInput` when it is too long, unreadable, not EC P-256 or not signed by its own key.
    """
    if len(csr_der) > MAX_CSR_BYTES:
        raise InvalidInput("csr_der", f"is longer than {MAX_CSR_BYTES} bytes")
    try:
        request = x509.load_der_x509_csr(csr_der)
        key = request.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput("csr_der", "is not a PKCS #10 request in DER with an EC P-256 key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidInput("csr_der", "expected an EC P-256 key")
    try:
        valid = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("csr_der", "has a signature of an unknown kind") from error
    if not valid:
        raise InvalidInput("csr_der", "is not signed by its own key")
    return key


def key_digest(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, hexadecimal: names a key without holding it."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def proves_possession(certificate: x509.Certificate, csr_der: bytes, proof: bytes) -> bool:
    """Whether `proof` is the old key's signature over exactly this certificate and this request."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(proof) > MAX_PROOF_BYTES:
        return False
    signed = renewal_proof_input(certificate.public_bytes(Encoding.DER), csr_der)
    try:
        key.verify(proof, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
