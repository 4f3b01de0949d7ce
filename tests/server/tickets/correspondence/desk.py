"""A desk that gets mails: brings them in, runs what follows, and says what went out."""

from __future__ import annotations

from datetime import datetime

from logix_server import blob_directory
from logix_server.effects.dispatch import run_pending
from logix_server.mail.inbox import Arrival, read_waiting, receive
from logix_server.mail.models import IncomingMail, OutgoingMail

from tests.server.rows import NOW


def settle(now: datetime = NOW) -> None:
    """Read what waits and run every effect that is due."""
    while read_waiting(blob_directory.store(), now) or run_pending(now):
        pass


def bring(
    raw: bytes, now: datetime = NOW, *, to: str = "support@localhost", sender: str | None = None
) -> IncomingMail:
    """A mail arrives and is filed; its row."""
    arrival = Arrival("lmtp", now, sender, [to])
    receive(raw, arrival, blob_directory.store(), now)
    settle(now)
    return IncomingMail.objects.order_by("-id")[0]


def sent(**wanted: object) -> list[OutgoingMail]:
    """What is queued to go out, oldest first."""
    return list(OutgoingMail.objects.filter(state="queued", **wanted).order_by("id"))
