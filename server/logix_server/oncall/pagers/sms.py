"""A text message through a gateway that takes HTTP requests, by templates of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from logix_server import request_templates
from logix_server.oncall.pagers import requests, secrets
from logix_server.oncall.pagers.port import Call, Called, PagerFailed
from logix_server.oncall.pagers.requests import Transport


@dataclass(frozen=True)
class Gateway:
    """Templates of its request. No body: GET. `expects`: what an answer that took it holds."""

    url: str
    body: str = ""
    content_type: str = "application/x-www-form-urlencoded"
    authorization: str = ""
    secret_file: Path | None = None
    expects: str = ""


class SmsPager:
    """Implements `Pager`."""

    name = "sms"

    def __init__(self, gateway: Gateway, transport: Transport) -> None:
        self._gateway, self._transport = gateway, transport

    def reaches(self, person: Called) -> bool:
        """Whoever has a phone number."""
        return bool(person.phone)

    def send(self, call: Call) -> str:
        """Hand the message to the gateway."""
        gateway = self._gateway
        values = {
            "phone": call.person.phone,
            "text": f"{call.text} {call.link}",
            "key": call.key,
            "secret": secrets.read(gateway.secret_file) if gateway.secret_file else "",
        }
        headers = {"Idempotency-Key": call.key}
        body = None
        if gateway.body:
            escaped = request_templates.BODIES[gateway.content_type]
            body = request_templates.filled(gateway.body, values, escaped).encode()
            headers["Content-Type"] = f"{gateway.content_type}; charset=utf-8"
        if gateway.authorization:
            headers["Authorization"] = request_templates.filled(
                gateway.authorization, values, request_templates.in_header
            )
        url = request_templates.filled(gateway.url, values, request_templates.in_url)
        said = requests.request(self._transport, "POST" if body is not None else "GET", url, headers, body)
        if gateway.expects not in said:
            raise PagerFailed(f"was not taken: {said[:200]}")
        return said
