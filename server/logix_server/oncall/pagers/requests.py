"""One HTTP request to a fixed address: TLS verified, no redirect, no proxy, bounded in time and size."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread, Timer
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from logix_server.oncall.pagers.port import PagerFailed

MOST_ANSWER: Final = 4_096
_PORTS: Final = {"http": 80, "https": 443}
#: What may go away by itself; other refusals will not.
_AGAIN: Final = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Transport:
    """How requests leave. `ca_file` None: the system's authorities. `resolve`: as `socket.getaddrinfo`."""

    seconds: float = 10.0
    ca_file: Path | None = None
    resolve: Callable[..., list[Any]] = socket.getaddrinfo


def request(
    transport: Transport, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> str:
    """What a 2xx answer says, its first bytes. Raises `PagerFailed`.

    A redirect is a refusal: a page goes where the settings say and nowhere else. The whole takes
    `transport.seconds` at most, however slowly the other end drips.
    """
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
    host, late, until = parts.hostname or "", Event(), monotonic() + transport.seconds
    try:
        wire = _connected(transport, parts.scheme, host, parts.port, until)
    except (OSError, ValueError) as error:
        raise PagerFailed(f"{type(error).__name__}: {error}") from error
    # A time limit of a socket is one of each read; this one is of the whole exchange.
    cut = Timer(max(0.0, until - monotonic()), _cut_off, [wire, late])
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
    _expect_taken(status, said)
    return said


def _expect_taken(status: int, said: str) -> None:
    if not 200 <= status < 300:
        raise PagerFailed(f"answered {status}: {said[:120]}", again=status >= 500 or status in _AGAIN)


def _connected(transport: Transport, scheme: str, host: str, port: int | None, until: float) -> socket.socket:
    """A connection; with TLS one that has not shaken hands yet, so that this too is cut off in time."""
    wire = _to_any(_addresses(transport, host, port or _PORTS[scheme], until), until)
    if scheme == "http":
        return wire
    try:
        context = ssl.create_default_context(cafile=transport.ca_file)
        return context.wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
    except OSError as error:
        wire.close()
        raise PagerFailed(f"TLS with {host} cannot begin ({error}); see page_ca_file") from error


def _addresses(transport: Transport, host: str, port: int, until: float) -> list[Any]:
    """Where the host is. The system's question knows no time limit: one that takes longer is left behind."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(transport.resolve(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            found.append(error)

    asking = Thread(target=ask, name="pager-resolve", daemon=True)
    asking.start()
    asking.join(max(0.0, until - monotonic()))
    if not found:
        raise TimeoutError(f"{host} is not found within {transport.seconds:g} seconds")
    if isinstance(found[0], Exception):
        raise found[0]
    addresses: list[Any] = found[0]
    return addresses


def _to_any(addresses: list[Any], until: float) -> socket.socket:
    """A connection to the first that answers; all of them together are given the time that is left."""
    failed: OSError = OSError("the host has no address")
    for family, kind, protocol, _name, address in addresses:
        left = until - monotonic()
        if left <= 0:
            raise TimeoutError("no connection in time") from failed
        wire = socket.socket(family, kind, protocol)
        try:
            wire.settimeout(left)
            wire.connect(address)
        except OSError as error:
            wire.close()
            failed = error
        else:
            return wire
    raise failed


def _cut_off(wire: socket.socket, late: Event) -> None:
    late.set()
    with contextlib.suppress(OSError):
        # The bare socket's: that of TLS would take apart what another thread is reading from.
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
