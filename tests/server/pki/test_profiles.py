"""Certificate profiles: what they promise, checked by a stock verifier."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_common.identifiers import renewal_proof_input
from logix_server.pki import profiles, requests
from logix_server.pki.actions import new_serial_number
from logix_server.pki.profiles import DEVICE, ISSUING, ROOT, SERVER, Signer, Subject

from tests.server.pki.keys import csr, new_key

NOW = datetime(2026, 3, 2, 9, 0, 0, 123, tzinfo=UTC)
DOMAIN = "logix.example"
DEVICE_ID = "0123456789abcdef0123456789abcdef"


def signed(profile, subject, signer, key, validity=profiles.FOREVER):
    issuer = signer.certificate if signer else None
    serial = new_serial_number()
    return profiles.builder(profile, subject, issuer, validity, serial).sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority():
    root_key, issuing_key = new_key(), new_key()
    root = signed(ROOT, Subject("Root", DOMAIN, root_key.public_key()), None, root_key)
    subject = Subject("Issuing", DOMAIN, issuing_key.public_key())
    issuing = signed(ISSUING, subject, Signer(root, root_key), root_key)
    return root, Signer(issuing, issuing_key)


def device(signer, device_id=DEVICE_ID, now=NOW):
    subject = profiles.device_subject(device_id, DOMAIN, new_key().public_key())
    return signed(DEVICE, subject, signer, signer.key, profiles.device_validity(now, 90))


def test_a_device_verifies_through_the_chain_and_only_in_its_time(authority):
    root, signer = authority
    leaf = device(signer)

    def verify(at):
        verifier = PolicyBuilder().store(Store([root])).time(at).build_client_verifier()
        return verifier.verify(leaf, [signer.certificate])

    names = verify(NOW).subjects
    assert [name.value for name in names] == [f"spiffe://{DOMAIN}/device/{DEVICE_ID}"]
    assert verify(NOW - timedelta(minutes=59))
    for outside in (NOW - timedelta(minutes=61), NOW + timedelta(days=90, seconds=1)):
        with pytest.raises(VerificationError):
            verify(outside)


def test_a_device_certificate_is_no_server_and_no_authority(authority):
    root, signer = authority
    leaf = device(signer)
    verifier = PolicyBuilder().store(Store([root])).time(NOW).build_server_verifier(x509.DNSName("localhost"))
    with pytest.raises(VerificationError):
        verifier.verify(leaf, [signer.certificate])
    constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca is False
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize("public_host", ["support.logix.example", "192.0.2.7", "2001:db8::7", "localhost"])
def test_the_server_is_known_by_its_public_host_and_on_loopback(authority, public_host):
    root, signer = authority
    subject = profiles.server_subject(public_host, DOMAIN, new_key().public_key())
    leaf = signed(SERVER, subject, signer, signer.key)
    for host in {public_host, "localhost", "127.0.0.1"}:
        try:
            name = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        # An appliance whose clock says 1971, and one whose clock says 2150.
        for year in (1971, 2150):
            at = datetime(year, 1, 1, tzinfo=UTC)
            verifier = PolicyBuilder().store(Store([root])).time(at).build_server_verifier(name)
            assert verifier.verify(leaf, [signer.certificate])


def test_the_issuing_authority_cannot_make_another_below_it(authority):
    root, signer = authority
    key = new_key()
    deeper = signed(ISSUING, Subject("Deeper", DOMAIN, key.public_key()), signer, signer.key)
    leaf = device(Signer(deeper, key))
    verifier = PolicyBuilder().store(Store([root])).time(NOW).build_client_verifier()
    with pytest.raises(VerificationError):
        verifier.verify(leaf, [deeper, signer.certificate])


def test_serial_numbers_are_32_digits_and_do_not_repeat():
    serials = {new_serial_number() for _ in range(1_000)}
    assert len(serials) == 1_000
    assert {len(profiles.serial_text(serial)) for serial in serials} == {32}


def test_the_identity_is_read_back(authority):
    leaf = device(authority[1])
    peer = profiles.read_device_certificate(leaf.public_bytes(Encoding.PEM), DOMAIN)
    assert peer.device_id == DEVICE_ID
    assert peer.certificate_serial == profiles.serial_text(leaf.serial_number)


@pytest.mark.parametrize(
    "names",
    [
        [],
        [x509.DNSName("localhost")],
        [x509.UniformResourceIdentifier(f"spiffe://other.example/device/{DEVICE_ID}")],
        [x509.UniformResourceIdentifier(f"spiffe://{DOMAIN}/device/{DEVICE_ID}/x")],
        [x509.UniformResourceIdentifier(f"spiffe://{DOMAIN}/device/{n * 32}") for n in "ab"],
    ],
)
def test_any_other_name_is_no_identity(authority, names):
    signer = authority[1]
    subject = Subject("x", DOMAIN, new_key().public_key(), tuple(names))
    leaf = signed(DEVICE, subject, signer, signer.key, profiles.device_validity(NOW, 90))
    with pytest.raises(InvalidInput):
        profiles.read_device_certificate(leaf.public_bytes(Encoding.PEM), DOMAIN)


@given(st.binary(max_size=300))
def test_garbage_is_refused_not_raised_upon(garbage):
    with pytest.raises(InvalidInput):
        profiles.read_device_certificate(garbage, DOMAIN)
    with pytest.raises(InvalidInput):
        requests.public_key_of(garbage)


def test_only_p256_requests_signed_by_their_own_key_pass():
    key = new_key()
    assert requests.public_key_of(csr(key)) == key.public_key()
    for other in (
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
    ):
        with pytest.raises(InvalidInput, match="P-256"):
            requests.public_key_of(csr(other))
    edwards = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    with pytest.raises(InvalidInput):
        requests.public_key_of(builder.sign(edwards, None).public_bytes(Encoding.DER))


def test_a_request_with_a_broken_signature_or_too_long_is_refused():
    good = bytearray(csr(new_key()))
    good[-3] ^= 1
    with pytest.raises(InvalidInput):
        requests.public_key_of(bytes(good))
    with pytest.raises(InvalidInput, match="longer"):
        requests.public_key_of(csr(new_key()) + b"\0" * requests.MAX_CSR_BYTES)


def test_a_proof_is_bound_to_certificate_request_and_key(authority):
    signer, key = authority[1], new_key()
    subject = profiles.device_subject(DEVICE_ID, DOMAIN, key.public_key())
    leaf = signed(DEVICE, subject, signer, signer.key, profiles.device_validity(NOW, 90))
    request, other = csr(new_key()), csr(new_key())
    message = renewal_proof_input(leaf.public_bytes(Encoding.DER), request)
    proof = key.sign(message, ec.ECDSA(hashes.SHA256()))
    assert requests.proves_possession(leaf, request, proof)
    assert not requests.proves_possession(leaf, other, proof)
    assert not requests.proves_possession(device(signer), request, proof)
    assert not requests.proves_possession(leaf, request, new_key().sign(message, ec.ECDSA(hashes.SHA256())))
    for broken in (b"", b"x" * 1_000, proof[:-1]):
        assert not requests.proves_possession(leaf, request, broken)
