"""Signatures of statements and the keys that may make them, in the process that does cryptography."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from logix_agent.link import certificates
from logix_agent.link.codec import TrustFacts
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import Trust
from logix_agent.link.statement_work import accepted_keys, statement_keys
from logix_agent.modules.facts import SignedStatement
from logix_common.errors import InvalidInput
from logix_common.module_statement import MAX_KEYS, endorsement_input

from tests.agent.modules.conftest import Vendor
from tests.fakes.authority import Authority


def endorsed(by: Vendor, keys_pem: str) -> tuple[str, bytes]:
    return by.key_id, by.key.sign(endorsement_input(keys_pem.encode()))


def offered(keys_pem: str, known: str, *endorsements: tuple[str, bytes]) -> dict[str, object]:
    return {
        "statement_keys_pem": keys_pem,
        "known_statement_keys_pem": known,
        "endorsements": [
            {"key_id": key_id, "signature": base64.b64encode(signature).decode()}
            for key_id, signature in endorsements
        ],
    }


async def test_the_child_takes_a_good_statement_and_no_other() -> None:
    vendor, other = Vendor(), Vendor()
    good = vendor.state(1, False)
    await certificates.check_statement(good, other.pem + vendor.pem)
    for bad, keys in (
        (good, other.pem),
        (good, ""),
        (SignedStatement(good.payload + b" ", good.signature, good.key_id), vendor.pem),
        (SignedStatement(good.payload, good.signature, other.key_id), other.pem + vendor.pem),
    ):
        with pytest.raises(certificates.CertificateWorkFailed):
            await certificates.check_statement(bad, keys)


def test_the_first_keys_are_taken_and_then_only_with_a_known_ones_word() -> None:
    first, second, thief = Vendor(), Vendor(), Vendor()
    both = first.pem + second.pem
    assert accepted_keys(offered(first.pem, "")) == (first.pem, "")
    assert accepted_keys(offered(both, first.pem, endorsed(first, both))) == (both, "")
    assert accepted_keys(offered(second.pem, first.pem, endorsed(first, second.pem))) == (second.pem, "")
    for keys_pem, endorsements in (
        (first.pem + thief.pem, ()),  # sharing a key is not enough
        (first.pem + thief.pem, (endorsed(thief, first.pem + thief.pem),)),
        (thief.pem, (endorsed(first, both),)),
        (thief.pem, ((first.key_id, endorsed(thief, thief.pem)[1]),)),
        ("", ()),
        ("garbage", (endorsed(first, "garbage"),)),
    ):
        kept, note = accepted_keys(offered(keys_pem, first.pem, *endorsements))
        assert (kept, bool(note)) == (first.pem, True)


def test_keys_are_ed25519_and_bounded() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    many = "".join(Vendor().pem for _ in range(MAX_KEYS + 1))
    for bad in (
        pem,
        many,
        Vendor().pem + "x",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ):
        with pytest.raises(InvalidInput):
            statement_keys(bad)


async def test_a_bundle_keeps_its_authorities_where_its_keys_will_not_do() -> None:
    authority, first, thief = Authority(), Vendor(), Vendor()
    known = Trust(3, authority.root_pem.decode(), first.pem)
    taken = await certificates.taken_trust(
        TrustFacts(4, authority.root_pem, thief.pem.encode(), (endorsed(thief, thief.pem),)), known
    )
    assert taken == Trust(4, known.ca_pem, first.pem)
    second = await certificates.taken_trust(
        TrustFacts(
            5, authority.root_pem, (first.pem + thief.pem).encode(), (endorsed(first, first.pem + thief.pem),)
        ),
        taken,
    )
    assert second.statement_keys_pem == first.pem + thief.pem


def test_what_an_older_agent_kept_of_a_bundle_is_asked_for_again(tmp_path) -> None:
    store = IdentityStore(tmp_path)
    store.keep_trust(Trust(7, "ca", "keys"))
    assert IdentityStore(tmp_path).trust() == Trust(7, "ca", "keys")
    (tmp_path / "trust.json").write_text(json.dumps({"version": 7, "ca_pem": "ca"}))
    assert IdentityStore(tmp_path).trust() == Trust(6, "ca")
