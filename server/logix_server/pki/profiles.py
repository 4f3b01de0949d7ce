"""Certificate profiles as data, and what builds and reads certificates by them. Pure; RFC 5280.

Root, issuing and server certificates hold from 1970 to 9999 (RFC 5280 4.1.2.5: "no well-defined
expiration"), because an appliance whose clock battery is dead must still connect. Device certificates
are short and are judged by the server's clock alone.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from logix_common.errors import InvalidInput
from logix_common.identifiers import device_id_of, device_uri

FOREVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
BACKDATED: Final = timedelta(hours=1)
MAX_CERTIFICATE_BYTES: Final = 16_384


@dataclass(frozen=True)
class Profile:
    """What every certificate of one kind has in common. `path_length` None: not a CA."""

    name: str
    path_length: int | None
    extended: x509.ObjectIdentifier | None

    @property
    def is_ca(self) -> bool:
        return self.path_length is not None


ROOT: Final = Profile("root", 1, None)
ISSUING: Final = Profile("issuing", 0, None)
SERVER: Final = Profile("server", None, ExtendedKeyUsageOID.SERVER_AUTH)
DEVICE: Final = Profile("device", None, ExtendedKeyUsageOID.CLIENT_AUTH)


@dataclass(frozen=True)
class Subject:
    """Whom a certificate is for."""

    common_name: str
    organisation: str
    public_key: ec.EllipticCurvePublicKey
    alternative_names: Sequence[x509.GeneralName] = ()

    @property
    def name(self) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation[:64]),
                x509.NameAttribute(NameOID.COMMON_NAME, self.common_name[:64]),
            ]
        )


@dataclass(frozen=True)
class Signer:
    """The CA that signs; None in its place means self-signed."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class DevicePeer:
    """Who presents a device certificate."""

    device_id: str
    certificate_serial: str  # 32 lower-case hexadecimal digits


def serial_text(serial_number: int) -> str:
    """A serial number as rows and facts write it."""
    return f"{serial_number:032x}"


def builder(
    profile: Profile,
    subject: Subject,
    issuer: x509.Certificate | None,
    validity: tuple[datetime, datetime],
    serial_number: int,
) -> x509.CertificateBuilder:
    """The certificate to be signed; `issuer` None makes a root, which names itself."""
    not_before, not_after = validity
    authority = issuer.public_key() if issuer else subject.public_key
    assert isinstance(authority, ec.EllipticCurvePublicKey)
    build = (
        x509.CertificateBuilder()
        .subject_name(subject.name)
        .issuer_name(issuer.subject if issuer else subject.name)
        .public_key(subject.public_key)
        .serial_number(serial_number)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(profile.is_ca, profile.path_length), critical=True)
        .add_extension(_key_usage(profile.is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(subject.public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False)
    )
    if profile.extended is not None:
        build = build.add_extension(x509.ExtendedKeyUsage([profile.extended]), critical=False)
    if subject.alternative_names:
        names = x509.SubjectAlternativeName(subject.alternative_names)
        build = build.add_extension(names, critical=False)
    return build


def _key_usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def device_validity(now: datetime, days: int) -> tuple[datetime, datetime]:
    """From an hour ago for `days` from `now`, in whole seconds as X.509 has them."""
    start = now.replace(microsecond=0)
    return start - BACKDATED, start + timedelta(days=days)


def device_subject(device_id: str, trust_domain: str, public_key: ec.EllipticCurvePublicKey) -> Subject:
    """A device: its opaque id and nothing of what its request said."""
    uri = x509.UniformResourceIdentifier(device_uri(trust_domain, device_id))
    return Subject(device_id, trust_domain, public_key, (uri,))


def server_subject(public_host: str, trust_domain: str, public_key: ec.EllipticCurvePublicKey) -> Subject:
    """The server under its public name or address and, for what runs beside it, the loopback ones."""
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys((public_host, "localhost", "127.0.0.1")):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host.strip("[]"))))
        except ValueError:
            names.append(x509.DNSName(host))
    return Subject(public_host, trust_domain, public_key, tuple(names))


def read_device_certificate(pem: bytes, trust_domain: str) -> DevicePeer:
    """The identity in a certificate that TLS has verified.

    Exactly one SAN entry, a device URI of our trust domain; else `InvalidInput`.
    """
    certificate = load_certificate(pem)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError) as error:
        raise InvalidInput("certificate", "carries no device id (SAN URI)") from error
    entries = list(names)
    first = entries[0] if len(entries) == 1 else None
    uri = first.value if isinstance(first, x509.UniformResourceIdentifier) else ""
    device_id = device_id_of(uri, trust_domain)
    if device_id is None:
        raise InvalidInput("certificate", f"expected one SAN URI spiffe://{trust_domain}/device/ID")
    return DevicePeer(device_id, serial_text(certificate.serial_number))


def load_certificate(pem: bytes) -> x509.Certificate:
    """The first certificate in `pem`. Raises `InvalidInput`."""
    if len(pem) > MAX_CERTIFICATE_BYTES:
        raise InvalidInput("certificate", f"is longer than {MAX_CERTIFICATE_BYTES} bytes")
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise InvalidInput("certificate", "is not a PEM certificate") from error
