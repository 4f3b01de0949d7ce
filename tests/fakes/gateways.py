"""A real HTTP server on loopback that stands for a webhook's other end, or an SMS gateway."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Gateway:
    """`answer` says what each request gets: a status, and a body; `hold` keeps every answer back."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, bytes]] = lambda _request: (200, b"ok")
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    drip: float = 0.0  # seconds between two bytes of the answer

    def keys(self) -> list[str]:
        """The idempotency keys that came, in order."""
        return [each.headers["idempotency-key"] for each in self.received]


@contextmanager
def gateway() -> Iterator[Gateway]:
    """One that takes everything, until it is told otherwise."""
    state = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.command, self.path, headers, body)
            state.received.append(request)
            if state.hold is not None:
                state.hold.wait(60)
            status, said = state.answer(request)
            self.send_response(status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            for byte in said if state.drip else []:
                time.sleep(state.drip)  # the other end's slowness, not ours
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            if not state.drip:
                self.wfile.write(said)

        do_GET = do_POST

        def log_message(self, *_arguments: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            pass  # who cuts the line means it

    server = Quiet(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        if state.hold is not None:
            state.hold.set()
        server.shutdown()
        server.server_close()
