"""Send what is queued: claim a mail, hand it over, write down what came of it.

At least once: a sender that dies after the other side took a mail over, and before that is written, leaves
it claimed; once the claim is over it goes out again, the same bytes under the same Message-ID, by which
mail programs know a double. None is lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Q
from logix_common.errors import InvalidInput, LogixError

from logix_server.audit.actions import record
from logix_server.config import ServerConfig
from logix_server.effects import outbox
from logix_server.mail.composing import compose
from logix_server.mail.lifecycle import OUTGOING, OutgoingState
from logix_server.mail.models import OutgoingMail
from logix_server.mail.postman import Postman, Returned
from logix_server.mail.to_people import CONFIDENTIAL, FORGOTTEN

#: So long a claim holds: longer than any hand-over may take.
CLAIM: Final = timedelta(minutes=10)
FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(hours=2)
MAIL_FAILED: Final = "mail.failed"
_QUEUED, _SENDING = OutgoingState.QUEUED, OutgoingState.SENDING
_log = structlog.get_logger(__name__)


def send_due(postman: Postman, config: ServerConfig, now: datetime, limit: int = 50) -> int:
    """Send up to `limit` mails that are due; returns how many were taken up. Several may run at once."""
    taken = 0
    while taken < limit and (mail := _claim(now)) is not None:
        taken += 1
        if not _hand_over(postman, mail, config, now):
            break  # nobody there: the others would only wait for it, too
    postman.close()
    return taken


def _claim(now: datetime) -> OutgoingMail | None:
    with transaction.atomic():
        due = OutgoingMail.objects.select_for_update(skip_locked=True).filter(
            Q(state=_QUEUED.value) | Q(state=_SENDING.value), run_after__lte=now
        )
        mail = due.order_by("run_after", "id").first()
        if mail is None:
            return None
        if mail.state == _SENDING.value:  # its sender died
            mail.state = OUTGOING.check(_SENDING, _QUEUED).value
        mail.state = OUTGOING.check(OutgoingState(mail.state), _SENDING).value
        mail.attempts += 1
        mail.run_after = now + CLAIM
        mail.save(update_fields=["state", "attempts", "run_after"])
        return mail


def _hand_over(postman: Postman, mail: OutgoingMail, config: ServerConfig, now: datetime) -> bool:
    """Whether it is worth going on with the next one."""
    sender = config.smtp_sender or config.support_address
    try:
        postman.hand_over(sender, mail.to, compose(mail, config.support_address, config.mail_name))
    except Returned as error:
        _give_up(mail, str(error), now)
        return True
    except LogixError as error:
        _put_off(mail, str(error), config, now)
        return False
    except Exception as error:  # a mail that cannot even be put together must not stop the others
        _give_up(mail, f"{type(error).__name__}: {error}", now)
        return True
    kept = FORGOTTEN if mail.kind in CONFIDENTIAL else {}
    _settle(mail, OutgoingState.SENT, now, error="", sent_at=now, **kept)
    return True


def _put_off(mail: OutgoingMail, error: str, config: ServerConfig, now: datetime) -> None:
    # Counted from when it was first due: one that was meant for tomorrow has its days from then on.
    if now - mail.created_at > timedelta(days=config.smtp_give_up_days) and mail.attempts > 1:
        _give_up(mail, error, now)
        return
    pause = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(mail.attempts - 1, 10))
    _settle(mail, _QUEUED, now, error=error, run_after=now + pause)
    _log.warning("mail put off", mail=mail.pk, attempts=mail.attempts, error=error)


def _give_up(mail: OutgoingMail, error: str, now: datetime) -> None:
    with transaction.atomic():
        if _settle(mail, OutgoingState.FAILED, now, error=error):
            payload = {"mail_id": mail.pk}
            outbox.put(MAIL_FAILED, payload, now, key=f"{MAIL_FAILED}:{mail.pk}:{mail.attempts}")
    _log.error("mail given up", mail=mail.pk, attempts=mail.attempts, error=error)


def _settle(mail: OutgoingMail, state: OutgoingState, now: datetime, *, error: str, **changes: Any) -> bool:
    """Leave "sending", where this try is still the one that holds the mail; whether it was."""
    OUTGOING.check(_SENDING, state)
    ours = OutgoingMail.objects.filter(pk=mail.pk, state=_SENDING.value, attempts=mail.attempts)
    return bool(ours.update(state=state.value, error=error[:2_000], **({"run_after": now} | changes)))


@transaction.atomic
def retry(mail_id: int, *, actor: str, now: datetime) -> None:
    """Queue a mail again that failed or was suppressed. Raises `InvalidInput` where it is neither."""
    mail = OutgoingMail.objects.select_for_update().filter(pk=mail_id).first()
    if mail is None or mail.state not in (OutgoingState.FAILED.value, OutgoingState.SUPPRESSED.value):
        raise InvalidInput(str(mail_id), "no mail that failed or was suppressed; see `mail list`")
    mail.state = OUTGOING.check(OutgoingState(mail.state), _QUEUED).value
    mail.attempts, mail.run_after, mail.error = 0, now, ""
    mail.save(update_fields=["state", "attempts", "run_after", "error"])
    record(now, actor, "mail.retry", f"mail:{mail.pk}", {"kind": mail.kind, "ticket": mail.ticket_number})
