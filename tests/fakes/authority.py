"""A certificate authority of one test: root, issuing CA, a server certificate for localhost, devices."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from logix_common.identifiers import device_uri

TRUST_DOMAIN = "test.example"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FAR = datetime(9999, 12, 31, tzinfo=UTC)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Root and issuing CA."""

    def __init__(self, name: str = "test") -> None:
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._root = self._ca(f"{name} root", self._root_key, None)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._issuing = self._ca(f"{name} issuing", self._key, self._root_key)
        self.root_pem = self._root.public_bytes(Encoding.PEM)
        self.issuing_pem = self._issuing.public_bytes(Encoding.PEM)

    def _ca(
        self, name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey | None
    ) -> x509.Certificate:
        issuer = self._root.subject if signer else _name(name)
        return (
            self._builder(_name(name), issuer, key.public_key(), _LONG_AGO, _FAR)
            .add_extension(x509.BasicConstraints(True, None), True)
            .sign(signer or key, hashes.SHA256())
        )

    @staticmethod
    def _builder(
        subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )

    def server(self) -> tuple[bytes, bytes]:
        """Key and chain of a server on localhost."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        certificate = (
            self._builder(_name("server"), self._issuing.subject, key.public_key(), _LONG_AGO, _FAR)
            .add_extension(x509.SubjectAlternativeName(names), False)
            .sign(self._key, hashes.SHA256())
        )
        return key_pem(key), certificate.public_bytes(Encoding.PEM) + self.issuing_pem

    def device(
        self,
        csr_der: bytes,
        device_id: str,
        *,
        valid_from: datetime | None = None,
        valid_for: timedelta = timedelta(days=90),
        trust_domain: str = TRUST_DOMAIN,
    ) -> bytes:
        """The chain for a device's request."""
        csr = x509.load_der_x509_csr(csr_der)
        start = valid_from or datetime.now(UTC) - timedelta(hours=1)
        uri = x509.UniformResourceIdentifier(device_uri(trust_domain, device_id))
        certificate = (
            self._builder(_name("device"), self._issuing.subject, csr.public_key(), start, start + valid_for)
            .add_extension(x509.SubjectAlternativeName([uri]), False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM) + self.issuing_pem
