"""Ports: what a gRPC server of ours allows its peers, and how it takes its port."""

from __future__ import annotations

import grpc
from logix_common.errors import LogixError


class PortTaken(LogixError):
    """A port that cannot be listened on."""


def options(max_bytes: int, *, streams: int) -> list[tuple[str, int]]:
    """Limits of a server; times in milliseconds."""
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", max_bytes),
        ("grpc.max_concurrent_streams", streams),
        ("grpc.max_metadata_size", 8_192),
        ("grpc.server_handshake_timeout_ms", 10_000),
        ("grpc.max_connection_idle_ms", 60_000),
        # A client that pings more often than this is cut off.
        ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
        ("grpc.http2.max_ping_strikes", 3),
        ("grpc.keepalive_permit_without_calls", 0),
    ]


def bound(server: grpc.aio.Server, host: str, port: int, credentials: grpc.ServerCredentials) -> int:
    """Have `server` listen; the port, where 0 asked for any free one. Raises `PortTaken`."""
    try:
        taken = server.add_secure_port(f"{host}:{port}", credentials)
    except RuntimeError as error:
        raise PortTaken(f"cannot listen on {host}:{port}: taken, or not ours ({error})") from error
    if not taken:
        raise PortTaken(f"cannot listen on {host}:{port}: taken, or not ours")
    return taken
