"""One HTTP request to a fixed address: TLS verified, no redirect, no proxy, bounded in time and size."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer
from typing import Final
from urllib.parse import urlsplit

from logix_server.oncall.pagers.port import PagerFailed

MOST_ANSWER: Final = 4_096
_PORTS: Final = {"http": 80, "https": 443}
#: What may go away by itself; other refusals will not.
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
    host, late = parts.hostname or "", Event()
    try:
        wire = _connected(transport, parts.scheme, host, parts.port)
    except (OSError, ValueError) as error:
        raise PagerFailed(f"{type(error).__name__}: {error}") from error
    # A time limit of a socket is one of each read; this one is of the whole exchange.
    cut = Timer(transport.seconds, _cut_off, [wire, late])
    cut.daemon = True
    cut.start()
    try:
        if isinstance(wire, ssl.SSLSocket):
            wire.do_handshake()
        connection = http.client.HTTPConnection(host, parts.port)
        connection.sock = wire
        connection.request(method, target, body, {"Host": parts.netloc, **headers})
        answer = connection.getresponse()
        said = answer.read(MOST_ANSWER).decode("utf-8", "replace")
        status = answer.status
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = f"no answer within {transport.seconds:g} seconds" if late.is_set() else str(error)
        raise PagerFailed(f"{type(error).__name__}: {why}") from error
    finally:
        cut.cancel()
        wire.close()
    if late.is_set():
        raise PagerFailed(f"no whole answer within {transport.seconds:g} seconds")
    if not 200 <= status < 300:
        raise PagerFailed(f"answered {status}: {said[:120]}", again=status >= 500 or status in _AGAIN)
    return said


def _connected(transport: Transport, scheme: str, host: str, port: int | None) -> socket.socket:
    """A connection; with TLS one that has not shaken hands yet, so that this too is cut off in time."""
    wire = socket.create_connection((host, port or _PORTS[scheme]), transport.seconds)
    if scheme == "http":
        return wire
    try:
        context = ssl.create_default_context(cafile=transport.ca_file)
        return context.wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
    except OSError as error:
        wire.close()
        raise PagerFailed(f"TLS with {host} cannot begin ({error}); see page_ca_file") from error


def _cut_off(wire: socket.socket, late: Event) -> None:
    late.set()
    with contextlib.suppress(OSError):
        # The bare socket's: that of TLS would take apart what another thread is reading from.
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
