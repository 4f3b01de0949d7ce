"""What people are told of a ticket by mail, as effects of what happened to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from logix_server.accounts.models import Person
from logix_server.accounts.queries import actor_names
from logix_server.config import current
from logix_server.contracts import wording
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.closures import calendar_around, office_now
from logix_server.mail.letters import Letter
from logix_server.mail.models import IncomingMail, OutgoingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.tickets.correspondence import recipients, wording_of_mails
from logix_server.tickets.correspondence.recipients import Recipient
from logix_server.tickets.decisions.history import EventKind, Told, by_person
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Attachment, Notice, Ticket, TicketEvent

#: (ticket, language) → subject and letter.
Words = Callable[[Ticket, str], tuple[str, Letter]]
OPENED: Final = "ticket-opened"
#: A device's tickets of an hour that an address gets a mail of its own for; more are gathered.
MOST_OPENED: Final = 5
#: Messages of a customer that come within this of one that was told are read with it.
QUIET: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_AHEAD: Final = timedelta(days=30)


def on_ticket_opened(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "ticket.opened": the customer is told number, level and deadline; ours that it is there."""
    ticket = _ticket(payload["ticket_id"])
    if ticket.origin == Ticket.Origin.DEVICE:
        told = recipients.of_organisation(ticket.installation.customer)
        if dealer := recipients.consenting_dealer(ticket.installation.customer):
            told = told + recipients.of_organisation(dealer)
        for recipient in told:
            if _told_enough(recipient, now):
                _gather(ticket, now)
            else:
                _tell_opened(ticket, recipient, "", now)
    elif ticket.reporter_id is not None:
        for recipient in recipients.of_ticket(ticket):
            answers = _mail_that_opened(ticket) if recipient.person_id == ticket.reporter_id else ""
            _tell_opened(ticket, recipient, answers, now)
    _tell_desk(ticket, now)


def on_said(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "ticket.said": our answer goes to the customer's side, its messages and files to ours."""
    event = _event(payload["event_id"])
    if event.kind == EventKind.ANSWER.value and event.public:
        _tell_answer(event, now)
    elif event.kind in (EventKind.MESSAGE.value, EventKind.ATTACHED.value):
        _tell_message(event, now)


def on_changed(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "ticket.changed": the customer hears of solved and waiting, an engineer of what is assigned."""
    event = _event(payload["event_id"])
    ticket = event.ticket
    if event.kind == EventKind.FIELD_CHANGED.value and event.detail.get("field") == "assignee":
        _tell_assigned(event, now)
        return
    words = {
        TicketState.SOLVED.value: wording_of_mails.solved,
        TicketState.WAITING.value: wording_of_mails.waiting,
    }.get(str(event.detail.get("state", "")))
    if event.kind != EventKind.STATE_CHANGED.value or words is None or _came_with_answer(event):
        return
    if ticket.state != event.detail["state"]:
        return  # moved on meanwhile
    tell_customer(ticket, f"ticket-{ticket.state}", words, key=f"changed:{event.pk}", now=now)


def tell_customer(ticket: Ticket, kind: str, words: Words, *, key: str, now: datetime) -> None:
    """Queue a mail to each of the customer's side who is told of this ticket; `key` again changes nothing."""
    for recipient in recipients.of_ticket(ticket):
        subject, letter = words(ticket, recipient.language)
        message = _to_customer(ticket, recipient, kind, subject, letter)
        queue(message, key=f"{key}:{recipient.address}", now=now)


def _tell_opened(ticket: Ticket, recipient: Recipient, answers: str, now: datetime) -> None:
    subject, letter = wording_of_mails.opened(ticket, recipient.language)
    message = _to_customer(ticket, recipient, OPENED, subject, letter, answers=answers)
    queue(message, key=f"{OPENED}:{ticket.pk}:{recipient.address}", now=now)


def _tell_answer(event: TicketEvent, now: datetime) -> None:
    ticket = event.ticket
    files = list(Attachment.objects.filter(event=event, public=True).values_list("name", flat=True))
    solved = _moved_with(event, TicketState.SOLVED)
    for recipient in recipients.of_ticket(ticket):
        subject, letter = wording_of_mails.answered(
            ticket, event.detail["text"], recipient.language, files=files, solved=solved
        )
        message = _to_customer(ticket, recipient, "ticket-answer", subject, letter, automatic=False)
        queue(message, key=f"said:{event.pk}:{recipient.address}", now=now)


def _tell_message(event: TicketEvent, now: datetime) -> None:
    ticket = event.ticket
    if not event.actor.startswith("contact:"):
        return  # written down by one of ours
    who = actor_names([event.actor]).get(event.actor) or ticket.installation.customer.name
    for address, language, person_id in _desk(ticket):
        lately = OutgoingMail.objects.filter(
            kind="ticket-message",
            to=address,
            ticket_number=ticket.number,
            created_at__gt=max(now - QUIET, _handled(event)),
        )
        if lately.exists():
            continue
        text = event.detail.get("text") or wording_of_mails.attached(event.detail.get("names", ()), language)
        subject, letter = wording_of_mails.customer_wrote(ticket, text, who, language)
        message = Message(
            to=address,
            kind="ticket-message",
            subject=subject,
            body=letter,
            language=language,
            person_id=person_id,
            ticket=ticket.number,
            ours=True,
            references=_thread(ticket, address),
            not_before=_staff_moment(ticket, now),
        )
        queue(message, key=f"said:{event.pk}:{address}", now=now)


def _handled(event: TicketEvent) -> datetime:
    """When one of ours last answered or moved the ticket: what comes after that stands in no mail yet."""
    handled = TicketEvent.objects.filter(
        ticket_id=event.ticket_id,
        id__lt=event.pk,
        kind__in=(EventKind.ANSWER.value, EventKind.STATE_CHANGED.value),
        actor__startswith="user:",
    )
    last = handled.order_by("-id").first()
    return last.at if last else datetime.min.replace(tzinfo=UTC)


def _tell_assigned(event: TicketEvent, now: datetime) -> None:
    person = Person.objects.filter(pk=event.detail.get("after"), active=True).first()
    if person is None or event.actor == f"user:{person.mark}" or event.ticket.assignee_id != person.pk:
        return
    _tell_staff(
        event.ticket, recipients.of_person(person), assigned=True, key=f"assigned:{event.pk}", now=now
    )


def _tell_desk(ticket: Ticket, now: datetime) -> None:
    if address := current().mail_new_tickets_to:
        _tell_staff(ticket, Recipient(address, "tr"), assigned=False, key=f"new:{ticket.pk}", now=now)


def _tell_staff(ticket: Ticket, to: Recipient, *, assigned: bool, key: str, now: datetime) -> None:
    subject, letter = wording_of_mails.for_engineers(ticket, to.language, assigned=assigned)
    message = Message(
        to=to.address,
        kind="ticket-assigned" if assigned else "ticket-new",
        subject=subject,
        body=letter,
        language=to.language,
        person_id=to.person_id,
        ticket=ticket.number,
        ours=True,
        not_before=_staff_moment(ticket, now),
    )
    queue(message, key=key, now=now)


def _to_customer(ticket: Ticket, to: Recipient, kind: str, subject: str, letter: Any, **more: Any) -> Message:
    return Message(
        to=to.address,
        kind=kind,
        subject=subject,
        body=letter,
        language=to.language,
        person_id=to.person_id,
        ticket=ticket.number,
        references=_thread(ticket, to.address),
        **more,
    )


def _thread(ticket: Ticket, address: str) -> list[str]:
    """Message-IDs of the ticket's mails to and from an address, oldest first."""
    sent = OutgoingMail.objects.filter(ticket_number=ticket.number, to=address).order_by("-id")
    came = IncomingMail.objects.filter(ticket_number=ticket.number, sender=address).exclude(message_id="")
    mails = [
        *sent.values_list("created_at", "message_id")[:10],
        *came.order_by("-id").values_list("received_at", "message_id")[:10],
    ]
    return [message_id for _, message_id in sorted(mails)]


def _mail_that_opened(ticket: Ticket) -> str:
    """The Message-ID of the mail that the ticket came from; what answers it by itself is capped."""
    if ticket.origin != Ticket.Origin.MAIL:
        return ""
    mail = IncomingMail.objects.filter(ticket_number=ticket.number).order_by("id").first()
    return (mail.message_id or "unknown") if mail else "unknown"


def _desk(ticket: Ticket) -> list[tuple[str, str, int | None]]:
    """Who of ours reads what a customer writes: the assignee, else the address for new tickets."""
    assignee = ticket.assignee
    if assignee is not None and assignee.active and assignee.erased_at is None:
        return [(assignee.email, assignee.language, assignee.pk)]
    address = current().mail_new_tickets_to
    return [(address, "tr", None)] if address else []


def _staff_moment(ticket: Ticket, now: datetime) -> datetime:
    """Now where the package is served around the clock (MAT-1), else once the office works."""
    if ticket.package == "profesyonel":
        return now
    calendar = calendar_around(now, now + _AHEAD, office_now())
    start, _end = next(iter(working.periods(calendar, now)), (now, now))
    return max(start, now)


def _told_enough(recipient: Recipient, now: datetime) -> bool:
    lately = OutgoingMail.objects.filter(kind=OPENED, to=recipient.address, created_at__gt=now - _HOUR)
    return lately.count() >= MOST_OPENED


def _gather(ticket: Ticket, now: datetime) -> None:
    """Beyond some mails an hour the organisation's one mail of the day says it (`notice_mails`)."""
    organisation = ticket.installation.customer
    text = {language: wording_of_mails.gathered(ticket, language) for language in wording.LANGUAGES}
    notice = Notice(
        key=f"{OPENED}:{ticket.pk}:{organisation.pk}",
        organisation=organisation,
        ticket=ticket,
        kind=OPENED,
        text=text,
        clauses=list(dict.fromkeys([*ticket.level_clauses, *ticket.deadline_clauses])),
        created_at=now,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def _moved_with(event: TicketEvent, state: TicketState) -> bool:
    """Whether the ticket went to `state` by the same act that wrote `event`."""
    moves = TicketEvent.objects.filter(
        ticket_id=event.ticket_id, kind=EventKind.STATE_CHANGED.value, at=event.at, actor=event.actor
    )
    return any(move.detail.get("state") == state.value for move in moves)


def _came_with_answer(event: TicketEvent) -> bool:
    same = TicketEvent.objects.filter(ticket_id=event.ticket_id, at=event.at, actor=event.actor)
    answers = [Told(one.at, one.kind, one.actor, one.public, one.detail) for one in same]
    return any(by_person(answer) for answer in answers)


def _ticket(ticket_id: int) -> Ticket:
    rows = Ticket.objects.select_related("unit", "installation__customer__dealer", "assignee")
    return rows.get(pk=ticket_id)


def _event(event_id: int) -> TicketEvent:
    rows = TicketEvent.objects.select_related(
        "ticket__unit", "ticket__installation__customer__dealer", "ticket__assignee"
    )
    return rows.get(pk=event_id)
