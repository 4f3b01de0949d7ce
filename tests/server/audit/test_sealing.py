"""The audit's hash chain: what was sealed cannot be changed, taken out, put in or moved unseen."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st
from logix_server.audit import sealing
from logix_server.audit.actions import record
from logix_server.audit.chain import GENESIS, RecordFacts, SealFacts, chained, first_bad
from logix_server.audit.models import Record, Seal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
database = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
records = st.lists(
    st.builds(
        RecordFacts,
        record_id=st.integers(1, 10**9),
        at=st.datetimes(min_value=datetime(1971, 1, 1)).map(lambda d: d.replace(tzinfo=UTC)),
        actor=st.text(max_size=5),
        action=st.text(max_size=5),
        subject=st.text(max_size=5),
        detail=st.dictionaries(st.text(), json_values, max_size=3),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda r: r.record_id,
)


@given(records, st.data())
def test_any_change_of_a_sealed_batch_is_found(batch, data):
    batch = sorted(batch, key=lambda r: r.record_id)
    digests = dict(chained(GENESIS, batch))
    sealed = [RecordFacts(**{**vars(r), "digest": digests[r.record_id]}) for r in batch]
    seal = SealFacts(1, batch[0].record_id, batch[-1].record_id, len(batch), GENESIS, sealed[-1].digest)
    assert first_bad(GENESIS, seal, sealed) is None
    index = data.draw(st.integers(0, len(sealed) - 1))
    edited = [*sealed]
    edited[index] = RecordFacts(**{**vars(sealed[index]), "actor": sealed[index].actor + "x"})
    assert first_bad(GENESIS, seal, edited).record_id == sealed[index].record_id
    assert first_bad(GENESIS, seal, sealed[:index] + sealed[index + 1 :]) is not None
    assert first_bad("1" * 64, seal, sealed) is not None


def write(count: int, at=NOW) -> None:
    for number in range(count):
        record(at, "operator:ayşe", "unit.revoke", f"unit:{number}", {"n": number, "x": [1.5, None, "ğ"]})


@pytest.fixture
def sealed(db):
    """Seven records in three seals."""
    for _ in range(3):
        write(2)
        sealing.seal(NOW + timedelta(seconds=10))
    write(1)
    sealing.seal(NOW + timedelta(seconds=10))
    return list(Record.objects.order_by("id"))


@pytest.mark.database
@pytest.mark.django_db
class TestTampering:
    def test_an_untouched_chain_holds(self, sealed):
        found = sealing.verify()
        assert (found.sealed, found.unsealed, found.bad) == (7, 0, None)
        assert found.head == Seal.objects.latest("id").digest

    @pytest.mark.parametrize(
        "change",
        [
            {"actor": "operator:ali"},
            {"action": "x"},
            {"subject": "x"},
            {"at": NOW + timedelta(microseconds=1)},
            {"detail": {"n": 99}},
            {"digest": "0" * 64},
        ],
    )
    def test_an_edit_is_found_at_its_record(self, sealed, change):
        Record.objects.filter(pk=sealed[3].pk).update(**change)
        assert sealing.verify().bad.record_id == sealed[3].pk

    def test_a_deletion_is_found(self, sealed):
        sealed[2].delete()
        bad = sealing.verify().bad
        assert bad.record_id == sealed[3].pk
        assert bad.seal_id == sealed[3].seal_id

    def test_a_deletion_at_the_end_of_a_seal_is_found(self, sealed):
        sealed[3].delete()
        assert sealing.verify().bad.seal_id == sealed[3].seal_id

    def test_an_insertion_is_found(self, sealed):
        forged = Record(
            at=NOW, actor="a", action="b", subject="c", seal_id=sealed[3].seal_id, digest="1" * 64
        )
        forged.save()
        assert sealing.verify().bad.record_id == forged.pk

    def test_a_reordering_is_found(self, sealed):
        first, second = sealed[2], sealed[3]
        Record.objects.filter(pk=first.pk).update(subject=second.subject, detail=second.detail)
        Record.objects.filter(pk=second.pk).update(subject=first.subject, detail=first.detail)
        assert sealing.verify().bad.record_id == first.pk

    def test_a_removed_seal_is_found(self, sealed):
        gone = sealed[2].seal_id
        Record.objects.filter(seal_id=gone).delete()
        Seal.objects.filter(pk=gone).delete()
        assert sealing.verify().bad.seal_id == sealed[4].seal_id

    def test_a_changed_seal_is_found(self, sealed):
        Seal.objects.filter(pk=sealed[2].seal_id).update(count=F("count") + 1)
        assert sealing.verify().bad.seal_id == sealed[2].seal_id

    def test_cutting_off_the_newest_is_found_by_a_digest_noted_elsewhere(self, sealed):
        noted = sealing.verify().head
        assert sealing.verify(noted).expected_found is True
        last = sealed[-1].seal_id
        Record.objects.filter(seal_id=last).delete()
        Seal.objects.filter(pk=last).delete()
        found = sealing.verify(noted)
        assert (found.bad, found.expected_found) == (None, False)


@pytest.mark.database
@pytest.mark.django_db
def test_only_what_has_settled_is_sealed(db):
    write(3)
    write(2, NOW + timedelta(seconds=1))
    assert sealing.seal(NOW + timedelta(seconds=9)) == 0
    assert sealing.seal(NOW + timedelta(seconds=10)) == 3
    assert sealing.verify().unsealed == 2


@pytest.mark.database
@pytest.mark.django_db
def test_one_that_committed_late_with_a_lower_id_is_sealed_with_the_next(db):
    write(3)
    late = Record.objects.order_by("id")[1]
    Record.objects.filter(pk=late.pk).update(at=NOW + timedelta(seconds=5))
    assert sealing.seal(NOW + timedelta(seconds=10)) == 2
    write(1)
    assert sealing.seal(NOW + timedelta(seconds=15)) == 2
    assert sealing.verify().bad is None


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_sealing_at_once_make_one_chain():
    write(40)
    gate, errors = threading.Barrier(3), []

    def seal() -> None:
        try:
            gate.wait()
            sealing.seal(NOW + timedelta(seconds=10))
        except Exception as error:  # told to the test, whatever it is
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sealing.verify()
    assert errors == []
    assert (found.sealed, found.unsealed, found.bad) == (40, 0, None)
