"""A signed POST to one address: an alerting service, or a small program of the operator's."""

from __future__ import annotations

import json
from pathlib import Path

from logix_server.oncall.pagers import requests, secrets, signing
from logix_server.oncall.pagers.port import Call, Called
from logix_server.oncall.pagers.requests import Transport


class WebhookPager:
    """Implements `Pager`. The body is JSON; docs/oncall.md tells its fields and how to verify it."""

    name = "webhook"

    def __init__(self, url: str, secret_file: Path, transport: Transport) -> None:
        self._url, self._secret_file, self._transport = url, secret_file, transport

    def reaches(self, person: Called) -> bool:
        """Everybody: the other end knows how."""
        return bool(person.email)

    def send(self, call: Call) -> str:
        """Post the call, signed."""
        secret = secrets.read(self._secret_file, signing.LEAST_SECRET_BYTES).encode()
        body = json.dumps(_fields(call), ensure_ascii=False).encode()
        timestamp = signing.timestamp_of(call.at)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": call.key,
            signing.TIMESTAMP_HEADER: timestamp,
            signing.SIGNATURE_HEADER: signing.signature(secret, signing.CALL, timestamp, body),
        }
        return requests.request(self._transport, "POST", self._url, headers, body)


def _fields(call: Call) -> dict[str, object]:
    person = call.person
    return {
        "page": call.page,
        "key": call.key,
        "about": call.about,
        "text": call.text,
        "link": call.link,
        "at": call.at.isoformat(),
        "person": {"name": person.name, "email": person.email, "phone": person.phone},
    }
