"""File a mail that was read: a message or an answer on a ticket, a new ticket, quarantine, or nothing.

Everything happens in the transaction of the effect, and the mail's row is moved in it: a mail is filed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import translation
from logix_common.errors import LogixError

from logix_server.accounts.access import Viewer
from logix_server.audit.actions import record
from logix_server.contracts.decisions import coverage
from logix_server.contracts.decisions.coverage import Action, NotCovered
from logix_server.contracts.queries import contract_facts
from logix_server.fleet.models import Unit
from logix_server.mail.lifecycle import INCOMING, IncomingState
from logix_server.mail.models import IncomingMail
from logix_server.mail.sorting import Course, Verdict, Why, decide
from logix_server.tickets.correspondence import automatic_answers
from logix_server.tickets.correspondence.mail_files import accepted_files
from logix_server.tickets.correspondence.sorting_facts import Loaded, load
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.desk import handling
from logix_server.tickets.desk.requests import Request, open_as
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.reach import MOST_SUBJECT, MOST_TEXT

ACTOR: Final = "system:mail"
_STATES: Final = {
    Course.IGNORE: IncomingState.IGNORED,
    Course.QUARANTINE: IncomingState.QUARANTINED,
    Course.ASK: IncomingState.WAITING,
    Course.WAIT: IncomingState.WAITING,
}


def on_received(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "mail.received": {"mail_id"}."""
    mail = IncomingMail.objects.select_for_update().filter(pk=payload["mail_id"]).first()
    if mail is None or mail.state != IncomingState.READ.value:
        return  # filed before
    loaded = load(mail, now)
    mail.person = loaded.person
    if loaded.question is not None and _answers_question(mail, loaded, now):
        return
    verdict = decide(loaded.facts)
    if verdict.course in _STATES:
        settle(mail, _STATES[verdict.course], verdict.why, now, number=verdict.number)
        if verdict.course is Course.ASK and loaded.viewer is not None:
            automatic_answers.ask_which_device(mail, loaded.viewer, now)
        return
    assert loaded.viewer is not None
    try:
        with transaction.atomic():
            carry_out(mail, loaded.viewer, verdict, now)
    except LogixError as error:  # a ticket that is full, a role that may not: a person of ours looks
        mail.content["error"] = str(error)[:500]
        mail.save(update_fields=["content"])
        settle(mail, IncomingState.QUARANTINED, Why.NOT_FILED, now, number=verdict.number)


def carry_out(
    mail: IncomingMail,
    viewer: Viewer,
    verdict: Verdict,
    now: datetime,
    *,
    by: str = ACTOR,
    answers: Mapping[str, int] | None = None,
) -> str:
    """Put a mail on a ticket, or open one, in the name of `viewer`; returns the number, "" where refused.

    `by` is who decided it. Where the contract gives no ticket the sender is told why with its clauses;
    a person who decided gets `NotCovered` instead.
    """
    try:
        event = _write(mail, viewer, verdict, now, answers or {})
    except NotCovered as refusal:
        _refused(mail, viewer, verdict, refusal, now=now, by=by)
        return ""
    _keep_quotation(event, mail)
    settle(mail, IncomingState.FILED, verdict.why, now, number=event.ticket.number, by=by)
    return event.ticket.number


def _write(
    mail: IncomingMail, viewer: Viewer, verdict: Verdict, now: datetime, answers: Mapping[str, int]
) -> TicketEvent:
    key, files, text = f"mail:{mail.pk}", accepted_files(mail), text_of_mail(mail)
    if verdict.course is Course.ANSWER:
        return handling.answer(viewer, verdict.number, text, now=now, files=files, key=key)
    if verdict.course is Course.MESSAGE:
        return handling.message(
            viewer,
            verdict.number,
            text,
            now=now,
            received_at=mail.received_at,
            origin=Ticket.Origin.MAIL,
            files=files,
            key=key,
        )
    assert verdict.installation_id is not None
    request = Request(
        verdict.installation_id,
        (mail.subject or text)[:MOST_SUBJECT],
        text,
        answers=answers,
        origin=Ticket.Origin.MAIL,
        received_at=mail.received_at,
        key=key,
    )
    ticket = open_as(viewer, request, now=now, files=files)
    return ticket.events.filter(kind=EventKind.MESSAGE.value).order_by("id")[0]


def _answers_question(mail: IncomingMail, loaded: Loaded, now: datetime) -> bool:
    """The device of an earlier mail is named now: that mail opens the ticket, this one is read with it."""
    question, facts = loaded.question, loaded.facts
    assert question is not None
    verdict = decide(facts)
    if verdict.course is not Course.OPEN or loaded.viewer is None or len(facts.installations) != 1:
        return False
    number = carry_out(question, loaded.viewer, verdict, now)
    if number:
        on_it = Verdict(Course.MESSAGE, Why.ON_TICKET, number)
        carry_out(mail, loaded.viewer, on_it, now)
    else:
        settle(mail, IncomingState.FILED, Why.NOT_COVERED, now)
    return True


def settle(
    mail: IncomingMail, state: IncomingState, why: Why, now: datetime, *, number: str = "", by: str = ACTOR
) -> None:
    """Move the mail's row, with the audit of it."""
    mail.state = INCOMING.check(IncomingState(mail.state), state).value
    mail.state_at, mail.reason, mail.decided_by = now, why.value, by
    mail.ticket_number = number
    mail.save(update_fields=["state", "state_at", "reason", "decided_by", "ticket_number", "person"])
    told = {"state": state.value, "reason": why.value, "ticket": number}
    record(now, by, f"mail.{state.value}", f"mail:{mail.pk}", told)


def _refused(
    mail: IncomingMail, viewer: Viewer, verdict: Verdict, refusal: NotCovered, *, now: datetime, by: str
) -> None:
    """The sender is told why there is no ticket; what warranty may still cover waits for an engineer."""
    if by != ACTOR:
        raise refusal  # the engineer who asked for it is told, and nobody else
    place = verdict.installation_id
    if place is None:
        place = Ticket.objects.values_list("installation_id", flat=True).get(number=verdict.number)
    warranty = _hardware_is_covered(place, mail.received_at)
    state = IncomingState.QUARANTINED if warranty else IncomingState.FILED
    settle(mail, state, Why.NOT_COVERED, now, by=by)
    automatic_answers.refuse(mail, viewer, refusal, warranty=warranty, now=now)


def _hardware_is_covered(installation_id: int, at: datetime) -> bool:
    """Whether a hardware fault there would open a ticket (Reading 6): that no mail says by itself."""
    unit = Unit.objects.filter(installation_id=installation_id).order_by("-id").first()
    if unit is None:
        return False
    facts = contract_facts(installation_id, unit.model)
    return coverage.decide(facts, Action.TICKET_HARDWARE_FAULT, at).allowed


def text_of_mail(mail: IncomingMail) -> str:
    """What the mail says, for a ticket's history: within its bounds and never empty."""
    said = str(mail.content.get("text", "")).strip() or mail.subject
    if not said:
        language = mail.person.language if mail.person else "tr"
        with translation.override(language):
            said = translation.gettext("(a mail without text)")
    return said if len(said) <= MOST_TEXT else said[: MOST_TEXT - 1].rstrip() + "…"


def _keep_quotation(event: TicketEvent, mail: IncomingMail) -> None:
    """What the mail quotes, folded, beside what it says; in the transaction that wrote the event."""
    folded = {name: str(mail.content.get(name, ""))[:MOST_TEXT] for name in ("signature", "quoted")}
    more = {name: text for name, text in folded.items() if text}
    left_out = mail.content.get("left_out", [])
    event.detail = event.detail | {"mail": mail.pk} | more | ({"left_out": left_out} if left_out else {})
    event.save(update_fields=["detail"])
