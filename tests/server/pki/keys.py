"""Keys and requests as a device makes them."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def csr(key, name: str = "whatever", signer=None, algorithm=None) -> bytes:
    """A PKCS #10 request in DER; what it says beside its key must not matter."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    uri = x509.UniformResourceIdentifier("spiffe://logix.example/device/" + "f" * 32)
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .sign(signer or key, algorithm or hashes.SHA256())
    )
    return request.public_bytes(Encoding.DER)
