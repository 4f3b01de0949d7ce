"""Certificate work in a process of its own: `python -m logix_agent.link.certificate_work`.

`cryptography` would cost the resident agent a quarter of its memory, and is needed a few times a year.
One JSON request on standard input, one JSON answer on standard output; {"error": "…"} and exit code 1
where the input cannot be used. Binary values travel in base64.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from logix_common.clock import to_microseconds
from logix_common.errors import InvalidInput, LogixError
from logix_common.identifiers import device_id_of, renewal_proof_input

from logix_agent.link import statement_work

MAX_INPUT: Final = 1024 * 1024
_MAX_CHAIN: Final = 8
_MAX_CAS: Final = 64


def request(fields: dict[str, Any]) -> dict[str, Any]:
    """A PKCS #10 request for `key_pem`, or for a fresh key when that is empty."""
    key = _key(fields["key_pem"]) if fields.get("key_pem") else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "logix device")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"key_pem": key_pem, "csr_der": _base64(csr.public_bytes(Encoding.DER))}


def accept(fields: dict[str, Any]) -> dict[str, Any]:
    """Whether the issued chain is for our key, of our trust domain and leads to what we trust.

    Validity is not asked: an appliance's clock may be wrong, the server judges expiry.
    """
    chain = _certificates(fields["chain_pem"], "chain", _MAX_CHAIN)
    cas = _certificates(fields["ca_pem"], "trust bundle", _MAX_CAS)
    leaf = chain[0]
    if _public(leaf.public_key()) != _public(_key(fields["key_pem"]).public_key()):
        raise InvalidInput("certificate", "is not for the key that asked for it")
    _check_path(chain, cas)
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise InvalidInput("certificate", "has no subject alternative name") from error
    found = [
        device_id_of(uri, fields["trust_domain"])
        for uri in names.get_values_for_type(x509.UniformResourceIdentifier)
    ]
    if len(found) != 1 or found[0] is None:
        raise InvalidInput("certificate", f"names no device of {fields['trust_domain']}")
    return {
        "device_id": found[0],
        "not_before_us": _microseconds(leaf.not_valid_before_utc),
        "not_after_us": _microseconds(leaf.not_valid_after_utc),
    }


def prove(fields: dict[str, Any]) -> dict[str, Any]:
    """Proof of the old certificate's key, bound to a request (`renewal_proof_input`)."""
    leaf = _certificates(fields["chain_pem"], "chain", _MAX_CHAIN)[0]
    told = renewal_proof_input(leaf.public_bytes(Encoding.DER), base64.b64decode(fields["csr_der"]))
    proof = _key(fields["key_pem"]).sign(told, ec.ECDSA(hashes.SHA256()))
    return {"certificate_pem": leaf.public_bytes(Encoding.PEM).decode(), "proof": _base64(proof)}


def trust(fields: dict[str, Any]) -> dict[str, Any]:
    """The statement keys to trust with a new bundle; raises where its CA certificates will not do.

    `ca_pem` must hold nothing but CA certificates, one of which is already trusted (`known_pem`).
    Trust is replaced by overlap; a bundle that shares nothing with the present one is a mistake, and
    following it could cut the device off for good.
    """
    offered = _certificates(fields["ca_pem"], "trust bundle", _MAX_CAS)
    for certificate in offered:
        if not _is_ca(certificate):
            raise InvalidInput("trust bundle", f"{certificate.subject.rfc4514_string()} is no CA certificate")
    if not set(offered) & set(_certificates(fields["known_pem"], "present trust bundle", _MAX_CAS)):
        raise InvalidInput("trust bundle", "shares no CA certificate with the one it replaces")
    keys_pem, note = statement_work.accepted_keys(fields)
    return {"statement_keys_pem": keys_pem, "note": note}


OPERATIONS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "request": request,
    "accept": accept,
    "prove": prove,
    "trust": trust,
    "statement": statement_work.statement,
}


def _check_path(chain: list[x509.Certificate], cas: list[x509.Certificate]) -> None:
    """Every certificate is issued by the next one or by one we trust, and the path ends with the latter."""
    for position, certificate in enumerate(chain):
        if any(_issued(certificate, ca) for ca in cas):
            return
        if position + 1 >= len(chain) or not _issued(certificate, chain[position + 1]):
            break
    raise InvalidInput("certificate", "its chain leads to no CA that this device trusts")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if not _is_ca(issuer):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _certificates(pem: str, where: str, limit: int) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise InvalidInput(where, f"expected certificates in PEM ({error})") from error
    if not 1 <= len(found) <= limit:
        raise InvalidInput(where, f"expected 1 to {limit} certificates, got {len(found)}")
    return found


def _key(pem: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError) as error:
        raise InvalidInput("key", f"cannot be read ({error})") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise InvalidInput("key", "expected an EC key")
    return key


def _public(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _microseconds(moment: datetime) -> int:
    return to_microseconds(moment)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def main() -> int:
    """One request, one answer."""
    try:
        fields = json.loads(sys.stdin.buffer.read(MAX_INPUT))
        answer = OPERATIONS[fields["operation"]](fields)
        code = 0
    except LogixError as error:
        answer, code = {"error": str(error)}, 1
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        answer, code = {"error": f"unusable request ({type(error).__name__}: {error})"}, 1
    sys.stdout.write(json.dumps(answer))
    return code


if __name__ == "__main__":
    sys.exit(main())
