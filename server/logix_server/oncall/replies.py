"""Acknowledgements that come back by themselves: a signed reply of the webhook's other end."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput, LogixError

from logix_server.config import current
from logix_server.oncall import pages, queries
from logix_server.oncall.models import Page
from logix_server.oncall.pagers import secrets, signing
from logix_server.oncall.pagers.configured import webhook_secret_file
from logix_server.oncall.pagers.port import PagerFailed

MOST_BODY: Final = 4_096


class NotSigned(LogixError):
    """The signature is missing, wrong, or of another time."""


@transaction.atomic
def acknowledge(body: bytes, timestamp: str, signature: str, *, now: datetime) -> Page:
    """A reply {"page": 17, "by": "ayse@rekare.example"}. Sent again it changes nothing.

    Raises `NotSigned`, `InvalidInput`, and `Forbidden` for a person who is none of our engineers.
    """
    if not _signed(body, timestamp, signature, now):
        raise NotSigned("the signature does not hold; see docs/oncall.md")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("body", "expected JSON") from error
    page_id, by = (said.get("page"), said.get("by")) if isinstance(said, dict) else (None, None)
    if type(page_id) is not int or not 0 < page_id < 2**63 or not isinstance(by, str) or "\0" in by:
        raise InvalidInput("body", 'expected {"page": 17, "by": "ayse@example.com"}')
    return pages.acknowledge(page_id, queries.person_on_duty(by), "webhook", now=now)


def _signed(body: bytes, timestamp: str, given: str, now: datetime) -> bool:
    path = webhook_secret_file(current())
    if path is None or len(body) > MOST_BODY:
        return False
    try:
        secret = secrets.read(path, signing.LEAST_SECRET_BYTES).encode()
    except PagerFailed as error:
        raise NotSigned("the secret cannot be read here") from error
    return signing.verified(secret, signing.REPLY, body, timestamp=timestamp, given=given, now=now)
