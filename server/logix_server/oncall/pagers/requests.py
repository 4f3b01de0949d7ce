"""One HTTP request to a fixed address: TLS verified, no redirect, no proxy, bounded in time and size."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final
from urllib.parse import urlsplit

from logix_server.oncall.pagers.port import PagerFailed

MOST_ANSWER: Final = 4_096
#: Said in the other end's place where it said nothing to tell.
_AGAIN: Final = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Transport:
    """How requests leave. `ca_file` None: the system's authorities."""

    seconds: float = 10.0
    ca_file: Path | None = None


def request(
    transport: Transport, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> str:
    """What a 2xx answer says, its first bytes. Raises `PagerFailed`.

    A redirect is a refusal: a page goes where the settings say and nowhere else. The whole takes
    `transport.seconds` at most, however slowly the other end drips.
    """
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
    connection = _connection(transport, parts.scheme, parts.hostname or "", parts.port)
    # A time limit of a socket is one of each read; this one is of the whole exchange.
    cut = Timer(transport.seconds, _cut_off, [connection])
    cut.daemon = True
    try:
        connection.connect()
        cut.start()
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        said = answer.read(MOST_ANSWER).decode("utf-8", "replace")
        status = answer.status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PagerFailed(f"{type(error).__name__}: {error}") from error
    finally:
        cut.cancel()
        connection.close()
    if not 200 <= status < 300:
        raise PagerFailed(f"answered {status}: {said[:120]}", again=status >= 500 or status in _AGAIN)
    return said


def _connection(transport: Transport, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=transport.seconds)
    try:
        context = ssl.create_default_context(cafile=transport.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise PagerFailed(f"{transport.ca_file}: cannot be read as certificates ({error})") from error
    return http.client.HTTPSConnection(host, port, timeout=transport.seconds, context=context)


def _cut_off(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
