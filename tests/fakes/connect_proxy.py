"""A small HTTP CONNECT proxy (RFC 9110 section 9.3.6) that remembers what it was asked."""

from __future__ import annotations

import asyncio
import contextlib


class ConnectProxy:
    """Tunnels to any address; `password` set = "user:password" is demanded (RFC 7617)."""

    def __init__(self, credentials_base64: str = "") -> None:
        self.asked: list[str] = []
        self.port = 0
        self._credentials = credentials_base64
        self._server: asyncio.Server | None = None
        self._tunnels: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for tunnel in self._tunnels:
            tunnel.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, where, _ = head[0].split(" ")
        self.asked.append(f"{method} {where}")
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:]}
        if self._credentials and headers.get("proxy-authorization") != f"Basic {self._credentials}":
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            writer.close()
            return
        host, _, port = where.rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            tunnel = asyncio.ensure_future(_pump(source, sink))
            self._tunnels.add(tunnel)
            tunnel.add_done_callback(self._tunnels.discard)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.CancelledError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()
