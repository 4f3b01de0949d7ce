"""A against B: every query and every action, for customers, dealers with and without consent, and roles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from logix_server.accounts.access import Forbidden, NotFound, Viewer
from logix_server.accounts.models import DealerConsent
from logix_server.fleet.models import Unit
from logix_server.tickets import listing, reading
from logix_server.tickets.desk import assignment, handling, levelling, merging, requests
from logix_server.tickets.files import attachments
from logix_server.tickets.files.attachments import Upload, accept
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.listing import QueueFilter, Tab
from logix_server.tickets.models import Attachment, Ticket, TicketEvent

from tests.fakes.blobs import FakeBlobs
from tests.server import people, rows
from tests.server.rows import NOW
from tests.server.tickets.asked_for import BY, asked, covered, customer_of, dealer_of, opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
STORE = FakeBlobs()


@dataclass
class Theirs:
    """What belongs to B, and the viewer of A."""

    unit: Unit
    ticket: Ticket
    other: Ticket
    file: Attachment


@pytest.fixture
def theirs() -> Theirs:
    unit = covered(rows.customer(dealer=True))
    ticket, other = opened(unit), opened(unit)
    attachments.attach(BY, ticket.number, accept([Upload("log.txt", [b"x"])], STORE), now=NOW)
    return Theirs(unit, ticket, other, Attachment.objects.get())


#: Every query by which a person reaches one ticket or what belongs to it.
REACHES: dict[str, Callable[[Viewer, Theirs], object]] = {
    "ticket_page": lambda viewer, of: reading.ticket_page(viewer, of.ticket.number, NOW),
    "open_attachment": lambda viewer, of: attachments.open_attachment(viewer, of.file.pk, STORE),
    "open_as": lambda viewer, of: requests.open_as(viewer, asked(of.unit), now=NOW),
    "message": lambda viewer, of: handling.message(viewer, of.ticket.number, "x", now=NOW),
    "reopen": lambda viewer, of: handling.reopen(viewer, of.ticket.number, "x", now=NOW),
    "set_answers": lambda viewer, of: levelling.set_answers(viewer, of.ticket.number, {"PRI-1": 1}, now=NOW),
    "attach": lambda viewer, of: attachments.attach(
        viewer, of.ticket.number, accept([Upload("b.txt", [b"x"])], STORE), now=NOW
    ),
}
#: What engineers alone do; nobody else learns by it that a ticket is there.
OURS: dict[str, Callable[[Viewer, Theirs], object]] = {
    "answer": lambda viewer, of: handling.answer(viewer, of.ticket.number, "x", now=NOW),
    "note": lambda viewer, of: handling.note(viewer, of.ticket.number, "x", now=NOW),
    "move": lambda viewer, of: handling.move(viewer, of.ticket.number, TicketState.OPEN, now=NOW),
    "assign": lambda viewer, of: assignment.assign(viewer, of.ticket.number, None, now=NOW),
    "change_level": lambda viewer, of: levelling.change_level(
        viewer, of.ticket.number, 1, "x", row="PRI-1", now=NOW
    ),
    "merge": lambda viewer, of: merging.merge(viewer, of.ticket.number, of.other.number, now=NOW),
    "link": lambda viewer, of: merging.link(viewer, of.ticket.number, of.other.number, now=NOW),
    "unlink": lambda viewer, of: merging.unlink(viewer, of.ticket.number, of.other.number, now=NOW),
}
LISTS = [
    QueueFilter(),
    QueueFilter(ended=None),
    QueueFilter(tab=Tab.UNASSIGNED),
    QueueFilter(states=(TicketState.NEW,)),
    QueueFilter(text="internet"),
]


def strangers(theirs: Theirs) -> list[Viewer]:
    """Whoever must see nothing of B."""
    elsewhere = covered(rows.customer(dealer=True))
    withdrawn = dealer_of(theirs.unit, agreed=True)
    DealerConsent.objects.update(withdrawn_at=NOW, withdrawn_by="contact:x")
    moved = dealer_of(elsewhere, agreed=True)
    # A consent to a dealer that is not, or no longer, the customer's own.
    DealerConsent.objects.create(
        customer=theirs.unit.installation.customer,
        dealer_id=moved.organisation_id,
        given_by="contact:x",
        given_at=NOW,
    )
    return [
        customer_of(elsewhere),
        people.viewer("customer-administrator"),
        dealer_of(theirs.unit, agreed=False),
        withdrawn,
        moved,
    ]


@pytest.mark.parametrize("name", REACHES)
def test_a_reaches_nothing_of_b(name: str, theirs: Theirs) -> None:
    before = TicketEvent.objects.count()
    for viewer in strangers(theirs):
        before = TicketEvent.objects.count()
        with pytest.raises(NotFound):
            REACHES[name](viewer, theirs)
        assert TicketEvent.objects.count() == before


@pytest.mark.parametrize("name", OURS)
def test_nobody_else_does_our_work(name: str, theirs: Theirs) -> None:
    viewers = [*strangers(theirs), customer_of(theirs.unit), people.viewer("release-manager")]
    before = TicketEvent.objects.count()
    for viewer in viewers:
        with pytest.raises(Forbidden):
            OURS[name](viewer, theirs)
    # `strangers` opens none on this ticket.
    assert TicketEvent.objects.filter(ticket=theirs.ticket).count() <= before


@pytest.mark.parametrize("asked_for", LISTS)
def test_lists_hold_ones_own(asked_for: QueueFilter, theirs: Theirs) -> None:
    for viewer in strangers(theirs):
        page = listing.queue(viewer, asked_for)
        assert theirs.ticket.number not in [row.number for row in page.rows]
        assert page.total == page.counts[asked_for.tab] == len(page.rows) == 0
        named = QueueFilter(customer_id=theirs.unit.installation.customer_id)
        assert listing.queue(viewer, named).total == 0
    for viewer in (
        customer_of(theirs.unit),
        dealer_of(theirs.unit, agreed=True),
        people.viewer("support-engineer"),
    ):
        assert theirs.ticket.number in [row.number for row in listing.queue(viewer, asked_for).rows]


@pytest.mark.parametrize(
    "name", ["ticket_page", "open_attachment", "open_as", "message", "set_answers", "attach"]
)
def test_b_and_its_dealer_reach_their_own(name: str, theirs: Theirs) -> None:
    for viewer in (customer_of(theirs.unit), dealer_of(theirs.unit, agreed=True)):
        REACHES[name](viewer, theirs)


def test_every_public_query_and_action_stands_in_a_table() -> None:
    """What takes a viewer and is not tried against strangers fails here."""
    modules = (assignment, attachments, handling, levelling, listing, merging, reading, requests)
    takes_viewer = {
        name
        for module in modules
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "").startswith("logix_server.tickets")
        and list(getattr(getattr(value, "__wrapped__", value), "__annotations__", {}))[:1] == ["viewer"]
    }
    shared = {"ticket_of", "tickets_of", "locked", "queue", "take"}
    assert takes_viewer - shared == {*REACHES, *OURS}
