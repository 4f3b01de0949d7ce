"""What may be done on the ticket page: each a form and one action."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.portal.pages import WRITING, page
from logix_server.portal.ticket import complaints, forms
from logix_server.portal.ticket.files import taken
from logix_server.portal.ticket.views import Back, rendered
from logix_server.tickets.desk import assignment, handling, levelling, merging
from logix_server.tickets.files import attachments
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.moving import Next
from logix_server.tickets.reach import Meanwhile


@dataclass(frozen=True)
class Order:
    """A form that was filled in validly."""

    viewer: Viewer
    number: str
    form: forms.Act
    now: datetime

    @property
    def told(self) -> Mapping[str, Any]:
        return self.form.cleaned_data

    @property
    def seen(self) -> int | None:
        return cast("int | None", self.told["seen"])

    @property
    def key(self) -> str | None:
        """What makes the same form with the same words, sent twice, be taken once; other words are news."""
        token = self.told["token"]
        if not token:
            return None
        digest = hashlib.sha256("\0".join((token, self.number, self.told["text"])).encode()).hexdigest()
        return f"page:{self.viewer.person_id}:{digest[:40]}"


@dataclass(frozen=True)
class Act:
    """`done` is said afterwards, a msgid."""

    form: type[forms.Act]
    do: Callable[[Order], object]
    done: str


def _answer(order: Order) -> object:
    told = order.told
    then = Next(TicketState(told["then"]), system_owner=told["system_owner"]) if told["then"] else None
    return handling.answer(
        order.viewer,
        order.number,
        told["text"],
        now=order.now,
        seen=order.seen,
        then=then,
        files=taken(told["attachments"]),
        key=order.key,
    )


def _note(order: Order) -> object:
    told = order.told
    files = taken(told["attachments"])
    return handling.note(order.viewer, order.number, told["text"], now=order.now, files=files, key=order.key)


def _move(order: Order) -> object:
    told = order.told
    return handling.move(
        order.viewer,
        order.number,
        TicketState(told["state"]),
        told["why"],
        system_owner=told["system_owner"],
        now=order.now,
        seen=order.seen,
    )


def _reopen(order: Order) -> object:
    why = order.told["why"]
    return handling.reopen(order.viewer, order.number, why, now=order.now, seen=order.seen)


def _take(order: Order) -> object:
    return assignment.take(order.viewer, order.number, now=order.now, seen=order.seen)


def _assign(order: Order) -> object:
    chosen = order.told["person"]
    person = int(chosen) if chosen else None
    return assignment.assign(order.viewer, order.number, person, now=order.now, seen=order.seen)


def _answers(order: Order) -> object:
    assert isinstance(order.form, forms.Answers)
    answers = order.form.answers
    return levelling.set_answers(order.viewer, order.number, answers, now=order.now, seen=order.seen)


def _level(order: Order) -> object:
    told = order.told
    return levelling.change_level(
        order.viewer,
        order.number,
        int(told["level"]),
        told["reason"],
        row=told["row"],
        now=order.now,
        seen=order.seen,
    )


def _merge(order: Order) -> object:
    told = order.told
    into, why = told["into"], told["why"]
    return _found("into", lambda: merging.merge(
        order.viewer, order.number, into, why=why, now=order.now, seen=order.seen
    ))  # fmt: skip


def _link(order: Order) -> object:
    other = order.told["other"]
    return _found("other", lambda: merging.link(order.viewer, order.number, other, now=order.now))


def _attach(order: Order) -> object:
    told = order.told
    files = taken(told["attachments"])
    public = not told["internal"]
    return attachments.attach(order.viewer, order.number, files, now=order.now, public=public)


def _found(field: str, do: Callable[[], object]) -> object:
    """A number that was typed and leads nowhere is a mistake in the form, no page that is not there."""
    try:
        return do()
    except NotFound as error:
        raise InvalidInput(field, str(error)) from error


ACTS: Final[Mapping[str, Act]] = {
    "answer": Act(forms.Answer, _answer, N_("Your answer is on its way to the customer.")),
    "note": Act(forms.Note, _note, N_("The note is written.")),
    "move": Act(forms.Move, _move, N_("The ticket is moved.")),
    "reopen": Act(forms.Reopen, _reopen, N_("The ticket is open again.")),
    "take": Act(forms.Take, _take, N_("The ticket is yours.")),
    "assign": Act(forms.Assign, _assign, N_("The ticket is assigned.")),
    "answers": Act(forms.Answers, _answers, N_("The answers are taken over.")),
    "level": Act(forms.ChangeLevel, _level, N_("The level is changed; the customer sees the reason.")),
    "merge": Act(forms.Merge, _merge, N_("The tickets are merged.")),
    "link": Act(forms.Link, _link, N_("The tickets are linked.")),
    "attach": Act(forms.Attach, _attach, N_("The files are attached.")),
}


@page(Right.HANDLE_TICKET, WRITING)
def act(request: HttpRequest, viewer: Viewer, number: str, what: str) -> HttpResponse:
    """Do it, and back to the page; or the page again with what is wrong, and all that was typed."""
    one = ACTS.get(what)
    if one is None:
        raise Http404
    now = datetime.now(UTC)
    form = forms.filled(one.form, what, request.POST, request.FILES)
    if not form.is_valid():
        return rendered(request, viewer, number, now, Back({what: form}, 422))
    try:
        one.do(Order(viewer, number, form, now))
    except Meanwhile as error:
        # What was typed stays; sent again it counts against what is seen now.
        again = request.POST.copy()
        again["seen"] = str(error.last_seen)
        form = forms.filled(one.form, what, again, {})
        return rendered(
            request, viewer, number, now, Back({what: form}, 409, {event.pk for event in error.events})
        )
    except (InvalidInput, IllegalTransition, NotCovered) as error:
        complaints.add(form, error, number, viewer.language)
        return rendered(request, viewer, number, now, Back({what: form}, 422))
    messages.success(request, gettext(one.done))
    return HttpResponseRedirect(reverse("ticket", args=[number]))
