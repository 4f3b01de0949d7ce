"""Mails of accounts: the link of an invitation, the link to a new password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from logix_server.accounts import links
from logix_server.accounts.links import Addressee
from logix_server.mail.letters import Letter
from logix_server.mail.lifecycle import INCOMING, OUTGOING, IncomingState, OutgoingState
from logix_server.mail.models import IncomingMail, OutgoingMail
from logix_server.mail.outgoing import Message, queue

INVITATION: Final = "invitation"
RESET: Final = "password-reset"
#: What they say lets one in: it is kept no longer than until it is sent (`sending`).
CONFIDENTIAL: Final = (INVITATION, RESET)
FORGOTTEN: Final = {"text": "", "html": ""}


def on_invited(payload: Mapping[str, Any], now: datetime) -> None:
    """Handles "person.invited": nothing, where the link is good no more."""
    addressee = links.invited(payload["invitation"], now)
    if addressee is not None:
        link = links.link_of(links.unsealed_token(payload))
        _queue(
            INVITATION, addressee, _invitation(addressee, link), f"invitation:{payload['invitation']}", now
        )


def on_reset_asked(payload: Mapping[str, Any], now: datetime) -> None:
    """Handles "person.reset-asked": nothing, where nobody signs in with that address."""
    issued = links.issue_reset(payload["person"], now) if payload["person"] else None
    if issued is not None:
        addressee, invitation_id, token = issued
        letter = _reset(addressee, links.link_of(token))
        _queue(RESET, addressee, letter, f"password-reset:{invitation_id}", now)


def _queue(kind: str, addressee: Addressee, letter: tuple[str, Letter], key: str, now: datetime) -> None:
    subject, body = letter
    message = Message(
        to=addressee.email,
        kind=kind,
        subject=subject,
        body=body,
        language=addressee.language,
        person_id=addressee.person_id,
    )
    queue(message, key=key, now=now)


def _invitation(to: Addressee, link: str) -> tuple[str, Letter]:
    with translation.override(to.language):
        subject = _("Your access to Logix Support")
        paragraphs = [
            _("Hello %(name)s,") % {"name": to.name},
            _("%(organisation)s has been given access to Logix Support for you. Choose your password here:")
            % {"organisation": to.organisation},
        ]
        closing = [_("The link is good once, until %(until)s.") % {"until": _moment(to.until)}]
        return subject, Letter(heading=subject, paragraphs=paragraphs, closing=closing, link=link)


def _reset(to: Addressee, link: str) -> tuple[str, Letter]:
    with translation.override(to.language):
        subject = _("A new password for Logix Support")
        paragraphs = [
            _("Hello %(name)s,") % {"name": to.name},
            _("somebody asked for a new password for this address. Choose it here:"),
        ]
        closing = [
            _("The link is good once, until %(until)s.") % {"until": _moment(to.until)},
            _("If it was not you, there is nothing to do: your password stays as it is."),
        ]
        return subject, Letter(heading=subject, paragraphs=paragraphs, closing=closing, link=link)


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y H:i")


def on_erased(payload: Mapping[str, Any], now: datetime) -> None:
    """Handles "person.erased": of mails to and from the person stay when, about which ticket, and a mark.

    What was filed stands in its ticket. Mails that wait for a person of ours are discarded.
    """
    incoming = IncomingMail.objects.filter(Q(person=payload["person"]) | Q(sender=payload["address"]))
    waiting = INCOMING.before(IncomingState.DISCARDED)
    incoming.filter(state__in=waiting).update(state=IncomingState.DISCARDED.value, state_at=now)
    for mail in incoming.exclude(state__in=[IncomingState.RECEIVED.value, IncomingState.READ.value]):
        # No row names the raw mail and its files any more: they are swept away (`tickets.aging`).
        mail.sha256, mail.size, mail.content, mail.fingerprint = f"erased-{mail.pk}", 0, {}, ""
        mail.subject = mail.sender_name = ""
        mail.envelope_from, mail.sender, mail.recipients = None, payload["address"], []
        mail.save()
        mail.files.all().delete()
    outgoing = OutgoingMail.objects.filter(Q(person=payload["person"]) | Q(to=payload["address"]))
    unsent = OUTGOING.before(OutgoingState.FAILED)
    outgoing.filter(state__in=unsent).update(state=OutgoingState.FAILED.value, error="erased")
    outgoing.update(to=payload["address"], subject="", **FORGOTTEN)
