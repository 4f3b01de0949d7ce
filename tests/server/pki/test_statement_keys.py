"""Keys for module statements: their files, their place in the trust bundle, replaced by overlap."""

from __future__ import annotations

import shutil
import stat
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from logix_common.errors import InvalidInput
from logix_common.module_statement import MAX_KEYS, endorsement_input, signed_input
from logix_server.audit.models import Record
from logix_server.config import current
from logix_server.fleet import statement_rotation
from logix_server.fleet.models import Presence
from logix_server.pki import actions, queries, statement_keys
from logix_server.pki.models import Authority

from tests.server import rows

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def authority(db: None) -> None:
    shutil.rmtree(current().pki, ignore_errors=True)
    shutil.rmtree(current().statement_keys, ignore_errors=True)
    actions.start_authority(NOW)


def public(pem: str) -> Ed25519PublicKey:
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    return key


def known_by(version: int) -> None:
    """A unit in service that holds this trust bundle."""
    unit = rows.unit()
    Presence.objects.create(
        unit=unit,
        gateway_id="g",
        stream_id="0" * 32,
        certificate_serial="1",
        boot_id="b",
        agent_version="1",
        protocol=1,
        trust_version=version,
        connected_at=NOW,
        last_seen_at=NOW,
        skew_us=0,
    )


def test_the_first_bundle_holds_a_key_that_only_its_owner_may_read() -> None:
    [key] = queries.statement_keys_in_use()
    bundle = queries.newest_bundle()
    assert (bundle.version, bundle.statement_keys_pem.decode()) == (1, key.public_pem)
    file = current().statement_keys / f"{key.key_id}.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not file.is_relative_to(current().pki)  # apart from the authority's
    signer = statement_keys.signer(key.key_id)
    public(key.public_pem).verify(signer.sign(b"payload"), signed_input(b"payload"))
    with pytest.raises(InvalidSignature):
        public(key.public_pem).verify(signer.sign(b"payload"), b"payload")


def test_a_new_key_is_endorsed_by_the_ones_before_it() -> None:
    [first] = queries.statement_keys_in_use()
    key_id, version = statement_rotation.add_statement_key("operator:test", NOW)
    bundle = queries.newest_bundle()
    assert (version, bundle.version) == (2, 2)
    endorsements = dict(bundle.endorsements)
    assert set(endorsements) == {first.key_id}
    public(first.public_pem).verify(endorsements[first.key_id], endorsement_input(bundle.statement_keys_pem))
    assert Record.objects.get(action="pki.statement-key").subject == f"key:{key_id}"


def test_a_retired_key_still_endorses_for_devices_that_were_away() -> None:
    [first] = queries.statement_keys_in_use()
    second, _ = statement_rotation.add_statement_key("operator:test", NOW + timedelta(days=1))
    version = statement_rotation.retire_statement_key(first.key_id, "operator:test", NOW + timedelta(days=2))
    bundle = queries.newest_bundle()
    assert bundle.version == version == 3
    assert [key.key_id for key in queries.statement_keys_in_use()] == [second]
    public(first.public_pem).verify(
        dict(bundle.endorsements)[first.key_id], endorsement_input(bundle.statement_keys_pem)
    )


def test_no_endorsement_ever_made_brings_a_retired_key_back() -> None:
    [first] = queries.statement_keys_in_use()
    made: list[tuple[set[str], set[str]]] = []  # the keys of a bundle, and who vouched for them

    def note() -> None:
        keys = {key.key_id for key in queries.statement_keys_in_use()}
        made.append((keys, {key_id for key_id, _ in queries.newest_bundle().endorsements}))

    # All at one moment: the order of keys is that of their bundles, not of clocks.
    second, _ = statement_rotation.add_statement_key("operator:test", NOW)
    note()
    third, _ = statement_rotation.add_statement_key("operator:test", NOW)
    note()
    statement_rotation.retire_statement_key(first.key_id, "operator:test", NOW, force=True)
    note()
    statement_rotation.retire_statement_key(second, "operator:test", NOW, force=True)
    note()
    for number, (known, _) in enumerate(made):
        for keys, vouched in made[:number]:
            assert keys <= known or not vouched & known
    assert [vouched for _, vouched in made] == [
        {first.key_id},
        {first.key_id},
        {first.key_id, second},
        {first.key_id, second, third},
    ]
    # A device learns of each set from whatever it knew before.
    assert all(vouched & known for (known, _), (_, vouched) in pairwise(made))


def test_another_authority_leaves_keys_and_endorsements_as_they_are() -> None:
    before = queries.newest_bundle()
    actions.create_generation(2, Authority.State.NEXT, NOW)
    actions.publish_trust_bundle(NOW)
    after = queries.newest_bundle()
    assert after.version == before.version + 1
    assert after.ca_pem != before.ca_pem
    assert after[2:] == before[2:]


def test_a_key_is_not_retired_while_a_unit_does_not_know_the_next() -> None:
    [first] = queries.statement_keys_in_use()
    statement_rotation.add_statement_key("operator:test", NOW)
    known_by(1)
    with pytest.raises(InvalidInput, match="1 units do not know the newest"):
        statement_rotation.retire_statement_key(first.key_id, "operator:test", NOW)
    assert len(queries.statement_keys_in_use()) == 2
    statement_rotation.retire_statement_key(first.key_id, "operator:test", NOW, force=True)
    record = Record.objects.get(action="pki.statement-key-retire")
    assert len(record.detail["left_behind"]) == 1


def test_the_last_key_and_unknown_ones_are_not_retired() -> None:
    [only] = queries.statement_keys_in_use()
    with pytest.raises(InvalidInput, match="the only one"):
        statement_rotation.retire_statement_key(only.key_id, "operator:test", NOW)
    with pytest.raises(InvalidInput, match="not in use"):
        statement_rotation.retire_statement_key("f" * 32, "operator:test", NOW)


def test_keys_are_bounded() -> None:
    for _ in range(statement_keys.MOST - 1):
        statement_rotation.add_statement_key("operator:test", NOW)
    with pytest.raises(InvalidInput, match="retire one"):
        statement_rotation.add_statement_key("operator:test", NOW)
    assert len(queries.statement_keys_in_use()) < MAX_KEYS


def test_a_key_file_that_others_may_read_does_not_sign() -> None:
    [key] = queries.statement_keys_in_use()
    (current().statement_keys / f"{key.key_id}.key").chmod(0o644)
    with pytest.raises(InvalidInput, match="chmod 600"):
        statement_keys.signer(key.key_id)
