"""Files at a ticket: taken whole or not at all, opened only by whom they concern, kept for their time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from logix_common.errors import InvalidInput
from logix_server import blob_directory
from logix_server.accounts.access import Forbidden, NotFound, Viewer
from logix_server.audit.models import Record
from logix_server.blobs import BlobMissing, BlobStoreFailed
from logix_server.tickets import aging
from logix_server.tickets.desk import handling, merging
from logix_server.tickets.files.attachments import Accepted, Upload, accept, attach, open_attachment
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Attachment, Ticket

from tests.fakes.blobs import FakeBlobs
from tests.server import people
from tests.server.rows import NOW
from tests.server.tickets.asked_for import BY, covered, customer_of, kinds, opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DAY = timedelta(days=1)
MEGABYTE = 1024 * 1024


def text(name: str = "log.txt", content: bytes = b"all is dark") -> Upload:
    return Upload(name, [content])


def stored(store: FakeBlobs, count: int = 1) -> tuple[Accepted, ...]:
    return accept([text(f"log{number}.txt", b"line %d" % number) for number in range(count)], store)


def read(viewer: Viewer, attachment: Attachment, store: FakeBlobs) -> bytes:
    with open_attachment(viewer, attachment.pk, store).content as stream:
        return stream.read()


def test_files_come_with_words_in_one_transaction() -> None:
    store, ticket = FakeBlobs(), opened()
    customer = customer_of(ticket.unit)
    event = handling.message(customer, ticket.number, "See the log.", now=NOW, files=stored(store, 2))
    rows = list(Attachment.objects.filter(event=event).order_by("id"))
    assert [(one.name, one.public, one.origin, one.content_type) for one in rows] == [
        ("log0.txt", True, "person", "text/plain"),
        ("log1.txt", True, "person", "text/plain"),
    ]
    assert read(customer, rows[0], store) == b"line 0"
    assert Record.objects.filter(action="ticket.attach").count() == 2


def test_files_of_a_note_are_for_us_alone() -> None:
    store, ticket = FakeBlobs(), opened()
    handling.note(BY, ticket.number, "See.", now=NOW, files=stored(store))
    one = Attachment.objects.get()
    assert read(BY, one, store) == b"line 0"
    assert read(people.viewer("release-manager"), one, store) == b"line 0"
    with pytest.raises(NotFound):
        open_attachment(customer_of(ticket.unit), one.pk, store)


def test_nobody_opens_anothers_file() -> None:
    store, ticket = FakeBlobs(), opened()
    attach(BY, ticket.number, stored(store), now=NOW)
    one = Attachment.objects.get()
    with pytest.raises(NotFound):
        open_attachment(people.viewer("customer-user"), one.pk, store)
    with pytest.raises(NotFound):
        open_attachment(BY, 2**62, store)


def test_without_words() -> None:
    store, ticket = FakeBlobs(), opened()
    attach(customer_of(ticket.unit), ticket.number, stored(store), now=NOW, public=False)
    assert Attachment.objects.get().public  # a customer's own is never hidden from it
    assert kinds(ticket)[-1] == "attached"
    with pytest.raises(InvalidInput):
        attach(BY, ticket.number, (), now=NOW)
    with pytest.raises(Forbidden):
        attach(people.viewer("release-manager"), ticket.number, stored(store), now=NOW)
    with pytest.raises(NotFound):
        attach(people.viewer("customer-user"), ticket.number, stored(store), now=NOW)


def test_what_is_not_taken_leaves_nothing() -> None:
    store, ticket = FakeBlobs(), opened()
    for bad in (
        text("a.exe", b"MZ"),
        text("a.png", b"no picture"),
        Upload("big.txt", [b"x" * MEGABYTE] * 21),
    ):
        with pytest.raises(InvalidInput) as refused:
            accept([bad], store)
        assert refused.value.where == bad.name
    with pytest.raises(InvalidInput, match="20"):
        stored(store, 21)
    store.broken = True
    with pytest.raises(BlobStoreFailed):
        stored(store)
    assert not Attachment.objects.exists()
    assert kinds(ticket) == ["opened", "message"]


def test_a_large_file_in_small_pieces_is_looked_at_and_kept_whole() -> None:
    store = FakeBlobs()
    content = b"\x89PNG\r\n\x1a\n" + b"p" * 30_000
    (one,) = accept([Upload("a.png", (content[at : at + 3] for at in range(0, len(content), 3)))], store)
    assert store.contents[one.ref.sha256] == content


def test_a_ticket_holds_no_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logix_server.tickets.files.attachments.MOST_A_TICKET", 3)
    store, ticket = FakeBlobs(), opened()
    attach(BY, ticket.number, stored(store, 2), now=NOW)
    with pytest.raises(InvalidInput, match="another ticket"):
        handling.answer(BY, ticket.number, "x", now=NOW, files=stored(store, 2))
    assert "answer" not in kinds(ticket)


def closed(ticket: Ticket) -> None:
    for state in (TicketState.OPEN, TicketState.SOLVED, TicketState.CLOSED):
        handling.move(BY, ticket.number, state, now=NOW)


def test_files_are_kept_for_a_time_after_closing_with_those_of_merged_tickets() -> None:
    store, unit = FakeBlobs(), covered()
    one, two = opened(unit), opened(unit)
    attach(BY, one.number, stored(store), now=NOW)
    attach(BY, two.number, stored(store, 2)[1:], now=NOW)
    merging.merge(BY, one.number, two.number, now=NOW)
    assert not Attachment.objects.filter(expires_at__isnull=False).exists()
    closed(two)
    assert set(Attachment.objects.values_list("expires_at", flat=True)) == {NOW + 730 * DAY}
    with pytest.raises(InvalidInput, match="closed"):
        attach(BY, two.number, stored(store), now=NOW)
    aging.forget_files(NOW + 729 * DAY)
    assert Attachment.objects.filter(removed_at__isnull=True).count() == 2
    aging.forget_files(NOW + 730 * DAY)
    for row in Attachment.objects.all():
        with pytest.raises(NotFound):
            open_attachment(BY, row.pk, store)
    assert Record.objects.filter(action="ticket.attachment-removed").count() == 2


def test_the_sweep_takes_what_no_row_names_and_nothing_else() -> None:
    store, ticket = FakeBlobs(), opened()
    kept, forgotten, orphan = stored(store, 3)
    attach(BY, ticket.number, [kept, forgotten], now=NOW)
    Attachment.objects.filter(name=forgotten.name).update(removed_at=NOW)
    young = datetime.now(UTC)
    assert aging.sweep(young, store) == 0
    assert aging.sweep(young + 2 * DAY, store) == 2
    assert set(store.contents) == {kept.ref.sha256}
    assert orphan.ref.sha256 not in store.contents
    assert aging.sweep(young + 2 * DAY, store) == 0


def test_in_the_directory_of_this_server() -> None:
    ticket = opened()
    attach(BY, ticket.number, accept([text()]), now=NOW)
    one = Attachment.objects.get()
    found = open_attachment(BY, one.pk)
    assert (found.name, found.content_type, found.size) == ("log.txt", "text/plain", 11)
    with found.content as stream:
        assert stream.read() == b"all is dark"
    aging.sweep(datetime.now(UTC) + 2 * DAY, blob_directory.store())  # takes what other tests left, not this
    open_attachment(BY, one.pk).content.close()
    Attachment.objects.update(sha256="0" * 64)
    with pytest.raises(BlobMissing):
        open_attachment(BY, one.pk)
