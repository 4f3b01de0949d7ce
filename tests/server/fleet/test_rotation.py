"""The authority is replaced by overlap: at every step every unit in service still verifies the server."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from logix_common import reasons
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.fleet import actions, rotation
from logix_server.fleet import queries as queries_of_fleet
from logix_server.fleet.models import Order
from logix_server.pki import actions as pki
from logix_server.pki import queries
from logix_server.pki.lifecycle import AuthorityState
from logix_server.pki.models import Certificate

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:test"


def server_verifies(roots_pem: bytes, at) -> bool:
    """Whether a device that trusts `roots_pem` would take the server's certificate."""
    leaf, *chain = x509.load_pem_x509_certificates(queries.server_credentials()[1])
    store = Store(x509.load_pem_x509_certificates(roots_pem))
    try:
        PolicyBuilder().store(store).time(at).build_server_verifier(x509.DNSName("localhost")).verify(
            leaf, chain
        )
    except VerificationError:
        return False
    return True


def device_verifies(chain_pem: bytes, at) -> bool:
    """Whether the gateway would take a device's certificate."""
    leaf, *chain = x509.load_pem_x509_certificates(chain_pem)
    store = Store(x509.load_pem_x509_certificates(queries.client_roots_pem()))
    try:
        PolicyBuilder().store(store).time(at).build_client_verifier().verify(leaf, chain)
    except VerificationError:
        return False
    return True


def test_a_rotation_from_end_to_end(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old, trust_version=1)
    old_chain = fleet.keys[old][1].chain_pem
    bundles = [queries.trust_bundle()[1]]

    assert rotation.rotate_begin(BY, fleet.now) == 2
    bundles.append(queries.trust_bundle()[1])
    assert len(x509.load_pem_x509_certificates(bundles[1])) == 2
    assert all(server_verifies(bundle, fleet.now) for bundle in bundles)

    assert rotation.rotate_switch(BY, fleet.now) == 1
    assert Order.objects.get().kind == Order.Kind.RENEW_CERTIFICATE
    assert all(server_verifies(bundle, fleet.now) for bundle in bundles)  # also one that was away
    assert device_verifies(old_chain, fleet.now)
    with pytest.raises(InvalidInput, match="LGX1"):
        rotation.rotate_finish(BY, fleet.now)

    fresh = fleet.renewed(unit, old)
    assert Certificate.objects.get(pk=fresh).generation == 2
    fleet.connect(unit, fresh, trust_version=1)
    with pytest.raises(InvalidInput, match="trusts bundle 1 of 2"):
        rotation.rotate_finish(BY, fleet.now)
    fleet.connect(unit, fresh, trust_version=2)
    assert rotation.stragglers() == []

    before = queries.material_version()
    assert rotation.rotate_finish(BY, fleet.now) == 3
    assert queries.material_version() != before
    assert server_verifies(bundles[1], fleet.now)
    assert server_verifies(queries.trust_bundle()[1], fleet.now)
    assert not server_verifies(bundles[0], fleet.now)
    assert not device_verifies(old_chain, fleet.now)
    assert device_verifies(fleet.enrol(fleet.token(unit)).chain_pem, fleet.now)


def test_the_order_to_renew_waits_until_the_new_root_is_known(fleet):
    unit, serial = fleet.enrolled()
    stream, _ = fleet.connect(unit, serial, trust_version=1)
    rotation.rotate_begin(BY, fleet.now)
    assert [one.serial for one in rotation.without_bundle()] == ["LGX1"]
    rotation.rotate_switch(BY, fleet.now)
    assert queries_of_fleet.for_gateway("gateway-1", [], fleet.now).orders == ()
    actions.trusts(stream.stream_id, 2)
    assert rotation.without_bundle() == []
    [order] = queries_of_fleet.for_gateway("gateway-1", [], fleet.now).orders
    assert order.kind == Order.Kind.RENEW_CERTIFICATE


def test_one_enrolled_since_the_switch_is_ready(fleet):
    rotation.rotate_begin(BY, fleet.now)
    rotation.rotate_switch(BY, fleet.now)
    fleet.enrolled("LGX9")
    assert rotation.stragglers() == []


def test_finish_may_be_forced(fleet):
    unit, old = fleet.enrolled()
    fleet.connect(unit, old)
    rotation.rotate_begin(BY, fleet.now)
    rotation.rotate_switch(BY, fleet.now)
    assert rotation.rotate_finish(BY, fleet.now, force=True) == 3
    assert fleet.connect(unit, old)[1].reason == reasons.CERTIFICATE_REVOKED
    assert fleet.enrol(fleet.token(unit)).device_id == unit.device_id


def test_steps_out_of_order_are_refused(fleet):
    with pytest.raises(InvalidInput, match="rotate-begin"):
        rotation.rotate_switch(BY, fleet.now)
    with pytest.raises(InvalidInput, match="rotate-switch"):
        rotation.rotate_finish(BY, fleet.now)
    rotation.rotate_begin(BY, fleet.now)
    with pytest.raises(InvalidInput, match="under way"):
        rotation.rotate_begin(BY, fleet.now)
    rotation.rotate_switch(BY, fleet.now)
    with pytest.raises(InvalidInput, match="under way"):
        rotation.rotate_begin(BY, fleet.now)


def test_one_rotation_after_another(fleet):
    for generation in (2, 3):
        rotation.rotate_begin(BY, fleet.now)
        rotation.rotate_switch(BY, fleet.now)
        rotation.rotate_finish(BY, fleet.now)
        assert queries.issuing_authority().generation == generation
    assert len(x509.load_pem_x509_certificates(queries.trust_bundle()[1])) == 1
    assert queries.trust_version() == 5


def test_a_generation_goes_through_its_states_in_order_only(fleet):
    following = pki.create_generation(2, "next", fleet.now)
    with pytest.raises(IllegalTransition, match="authority: next -> retired"):
        pki.move_authority(following, AuthorityState.RETIRED, fleet.now)
    following.refresh_from_db()
    assert following.state == "next"
