"""Tokens, renewal and expired certificates: who gets a certificate, and that a refusal tells nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from logix_common import reasons
from logix_common.errors import InvalidInput, Refused
from logix_common.identifiers import renewal_proof_input
from logix_server.fleet import actions
from logix_server.fleet.lifecycle import UnitState
from logix_server.fleet.models import Unit
from logix_server.pki.lifecycle import CertificateState
from logix_server.pki.models import Certificate, EnrolmentToken

from tests.server.fleet.conftest import certificate_serial
from tests.server.pki.keys import csr, new_key

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return caught.value.reason


def test_the_pure_states_are_those_of_the_rows():
    assert {state.value for state in UnitState} == set(Unit.State.values)
    assert {state.value for state in CertificateState} == set(Certificate.State.values)


def test_a_token_gives_one_identity_and_nothing_of_the_request_is_believed(fleet):
    unit, key = fleet.unit(), new_key()
    issued = fleet.enrol(fleet.token(unit), key=key)
    leaf, issuing = x509.load_pem_x509_certificates(issued.chain_pem)
    assert issued.device_id == unit.device_id
    assert leaf.public_key() == key.public_key()
    leaf.verify_directly_issued_by(issuing)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in names] == [f"spiffe://logix.example/device/{unit.device_id}"]
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert x509.load_pem_x509_certificate(issued.trust.ca_pem).subject == issuing.issuer
    unit.refresh_from_db()
    assert unit.state == Unit.State.ACTIVE
    assert EnrolmentToken.objects.get().token_sha256 != ""


def test_every_refusal_is_the_same_and_does_the_same_reads(fleet):
    unit = fleet.unit("LGX1")
    other, revoked, gone, torn = (fleet.unit(serial) for serial in ("LGX2", "LGX3", "LGX4", "LGX5"))
    withdrawn, foreign = fleet.token(unit), fleet.token(other)
    expired = fleet.token(revoked)
    of_gone, of_torn = fleet.token(gone), fleet.token(torn)
    used = fleet.token(unit)
    fleet.enrol(used, "LGX1")
    actions.decommission(gone, "sold", "operator:test", fleet.now)
    Unit.objects.filter(pk=torn.pk).update(state=Unit.State.CONFLICT)
    EnrolmentToken.objects.filter(device_id=revoked.device_id).update(expires_at=fleet.now - timedelta(1))
    cases = {
        "wrong": ("x" * 43, "LGX1"),
        "empty": ("", "LGX1"),
        "used": (used, "LGX1"),
        "withdrawn": (withdrawn, "LGX1"),
        "foreign": (foreign, "LGX1"),
        "unknown serial": (foreign, "NOPE"),
        "expired": (expired, "LGX3"),
        "decommissioned": (of_gone, "LGX4"),
        "conflict": (of_torn, "LGX5"),
    }
    answers, statements = {}, {}
    for name, (token, serial) in cases.items():
        with CaptureQueriesContext(connection) as queries, pytest.raises(Refused) as caught:
            fleet.enrol(token, serial)
        answers[name] = (caught.value.reason, str(caught.value), caught.value.retry_after)
        statements[name] = [q["sql"].split("WHERE")[0] for q in queries.captured_queries]
    assert set(answers.values()) == {(reasons.ENROLMENT_REFUSED, reasons.ENROLMENT_REFUSED, None)}
    assert all(one == statements["wrong"] for one in statements.values())
    assert Certificate.objects.count() == 1


def test_a_lost_answer_is_given_again_to_the_same_key_only(fleet):
    unit, key = fleet.unit(), new_key()
    token = fleet.token(unit)
    first = fleet.enrol(token, key=key)
    fleet.move(minutes=30)
    assert fleet.enrol(token, key=key) == first
    assert refusal(fleet.enrol, token) == reasons.ENROLMENT_REFUSED
    fleet.move(minutes=31)
    assert refusal(fleet.enrol, token, key=key) == reasons.ENROLMENT_REFUSED
    assert Certificate.objects.count() == 1


def test_a_token_holds_for_24_hours_to_the_second(fleet):
    first, second = fleet.unit("LGX1"), fleet.unit("LGX2")
    in_time, late = fleet.token(first), fleet.token(second)
    fleet.move(hours=24)
    assert fleet.enrol(in_time, "LGX1").device_id == first.device_id
    fleet.move(seconds=1)
    assert refusal(fleet.enrol, late, "LGX2") == reasons.ENROLMENT_REFUSED


def test_a_bad_request_does_not_use_the_token_up(fleet):
    unit = fleet.unit()
    token = fleet.token(unit)
    with pytest.raises(InvalidInput):
        actions.enrol(token, "LGX1", b"garbage", "1.0", fleet.now)
    assert fleet.enrol(token).device_id == unit.device_id


def test_enrolling_again_supersedes_what_was_before(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    again = certificate_serial(fleet.enrol(fleet.token(unit)))
    states = dict(Certificate.objects.values_list("serial_number", "state"))
    assert states == {old: "superseded", again: "issued"}
    assert fleet.connect(unit, old)[1].reason == reasons.CERTIFICATE_SUPERSEDED
    assert fleet.connect(unit, again)[1].unit_id == unit.pk


def test_of_two_at_once_with_one_token_one_wins(fleet):
    unit = fleet.unit()
    tokens = [fleet.token(unit)] * 4
    gate, answers = threading.Barrier(len(tokens)), []

    def enrol(token: str) -> None:
        try:
            request = csr(new_key())
            gate.wait()
            actions.enrol(token, "LGX1", request, "1.0", fleet.now)
            answers.append("issued")
        except Refused as error:
            answers.append(error.reason)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=enrol, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [reasons.ENROLMENT_REFUSED] * 3 + ["issued"]
    assert Certificate.objects.count() == 1


def test_renewal_leaves_the_old_one_in_use_until_the_candidate_connects(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    fleet.move(days=46)
    candidate = fleet.renewed(unit, old)
    assert fleet.connect(unit, old)[1].unit_id == unit.pk
    assert fleet.connect(unit, candidate)[1].unit_id == unit.pk
    states = dict(Certificate.objects.values_list("serial_number", "state"))
    assert states == {old: "superseded", candidate: "active"}


def test_renewing_with_the_same_key_gives_the_same_candidate(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    request = csr(new_key())
    first = actions.renew(unit.device_id, old, request, fleet.now)
    assert actions.renew(unit.device_id, old, request, fleet.now) == first


def test_a_device_that_uses_each_certificate_at_once_is_bounded_by_the_day(fleet):
    unit, serial = fleet.enrolled()
    with pytest.raises(Refused) as refused:
        for _ in range(100):
            serial = fleet.renewed(unit, serial)
            fleet.connect(unit, serial)
    assert refused.value.reason == reasons.RATE_LIMITED
    assert Certificate.objects.count() == 20
    fleet.now += timedelta(days=1, seconds=1)
    assert fleet.renewed(unit, serial)


def test_candidates_are_bounded(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    for _ in range(3):
        fleet.renewed(unit, old)
    assert refusal(fleet.renewed, unit, old) == reasons.RATE_LIMITED
    fleet.move(hours=1, seconds=1)
    assert fleet.renewed(unit, old)


def test_a_device_renews_for_itself_alone(fleet):
    unit, mine = fleet.enrolled("LGX1")
    other, theirs = fleet.enrolled("LGX2")
    assert refusal(fleet.renewed, unit, theirs) == reasons.UNKNOWN_DEVICE
    actions.revoke(other, "stolen", "operator:test", fleet.now)
    assert refusal(fleet.renewed, other, theirs) == reasons.CERTIFICATE_REVOKED
    assert fleet.renewed(unit, mine)


class Expired:
    """A unit whose certificate ran out `days` ago."""

    def __init__(self, fleet, days: float = 1, connect: bool = True) -> None:
        self.fleet = fleet
        self.unit, self.serial = fleet.enrolled()
        self.key, issued = fleet.keys[self.serial]
        self.leaf = x509.load_pem_x509_certificate(issued.chain_pem)
        self.pem = self.leaf.public_bytes(Encoding.PEM)
        if connect:
            fleet.connect(self.unit, self.serial)
        fleet.move(days=90 + days)

    def renew(self, request: bytes | None = None, key=None, pem: bytes | None = None):
        request = request or csr(new_key())
        message = renewal_proof_input(self.leaf.public_bytes(Encoding.DER), request)
        proof = (key or self.key).sign(message, ec.ECDSA(hashes.SHA256()))
        return actions.renew_expired(pem or self.pem, request, proof, self.fleet.now)


def test_an_expired_certificate_renews_by_proof_of_its_key(fleet):
    expired = Expired(fleet, days=29)
    assert fleet.connect(expired.unit, expired.serial)[1].reason == reasons.CERTIFICATE_EXPIRED
    fresh = certificate_serial(expired.renew())
    assert fleet.connect(expired.unit, fresh)[1].unit_id == expired.unit.pk


def test_the_grace_period_ends(fleet):
    assert refusal(Expired(fleet, days=30.01).renew) == reasons.GRACE_OVER


def test_without_the_old_key_nothing_is_told(fleet):
    expired = Expired(fleet)
    actions.revoke(expired.unit, "stolen", "operator:test", fleet.now)
    assert refusal(expired.renew, key=new_key()) == reasons.UNKNOWN_DEVICE
    assert refusal(expired.renew) == reasons.CERTIFICATE_REVOKED


def test_a_certificate_of_another_authority_is_unknown(fleet):
    expired = Expired(fleet)
    forger = new_key()
    forged = (
        x509.CertificateBuilder()
        .subject_name(expired.leaf.subject)
        .issuer_name(expired.leaf.issuer)
        .public_key(expired.key.public_key())
        .serial_number(expired.leaf.serial_number)
        .not_valid_before(expired.leaf.not_valid_before_utc)
        .not_valid_after(expired.leaf.not_valid_after_utc)
        .sign(forger, hashes.SHA256())
    )
    request = csr(new_key())
    message = renewal_proof_input(forged.public_bytes(Encoding.DER), request)
    proof = expired.key.sign(message, ec.ECDSA(hashes.SHA256()))
    pem = forged.public_bytes(Encoding.PEM)
    assert refusal(actions.renew_expired, pem, request, proof, fleet.now) == reasons.UNKNOWN_DEVICE


def test_only_the_newest_in_use_renews_after_its_end(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    key, issued = fleet.keys[old]
    fleet.move(days=50)
    fleet.connect(unit, fleet.renewed(unit, old))
    fleet.move(days=41)
    request = csr(new_key())
    leaf = x509.load_pem_x509_certificate(issued.chain_pem)
    message = renewal_proof_input(leaf.public_bytes(Encoding.DER), request)
    proof = key.sign(message, ec.ECDSA(hashes.SHA256()))
    pem = leaf.public_bytes(Encoding.PEM)
    assert refusal(actions.renew_expired, pem, request, proof, fleet.now) == reasons.CERTIFICATE_SUPERSEDED


def test_one_that_ran_out_before_its_first_connection_renews_too(fleet):
    expired = Expired(fleet, connect=False)
    assert certificate_serial(expired.renew())


def test_tokens_of_a_revoked_unit_need_reinstating(fleet):
    unit, _ = fleet.enrolled()
    actions.revoke(unit, "stolen", "operator:test", fleet.now)
    with pytest.raises(InvalidInput, match="reinstate"):
        fleet.token(unit)
    fleet.enrol(fleet.token(unit, reinstate=True))
    unit.refresh_from_db()
    assert unit.state == Unit.State.ACTIVE
