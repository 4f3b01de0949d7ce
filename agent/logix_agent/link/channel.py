"""gRPC channels: credentials, keepalive, limits, proxy; gRPC's errors become ours here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Final

import grpc
from grpc import aio
from logix_common.clock import Clock
from logix_common.errors import LogixError, Refused
from logix_common.reasons import REASON_KEY, RETRY_AFTER_KEY

from logix_agent.link.deadline import within
from logix_agent.link.identity_facts import Credential, Trust

MAX_RECEIVE: Final = 1024 * 1024
MAX_SEND: Final = 4 * 1024 * 1024


class Disconnected(LogixError):
    """The link broke; trying again may help."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class NotReached(Disconnected):
    """No TLS session came about: not one byte of ours was read by the server."""


@dataclass(frozen=True)
class ChannelSettings:
    """How channels behave; seconds. `proxy` is "" or http://[user:password@]host:port."""

    proxy: str = ""
    connect_seconds: float = 20.0
    keepalive_seconds: float = 30.0
    keepalive_timeout_seconds: float = 20.0


def target(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def open_channel(
    where: str, trust: Trust, credential: Credential | None, settings: ChannelSettings
) -> aio.Channel:
    """A channel that trusts nothing but `trust`, and shows `credential` where there is one."""
    credentials = grpc.ssl_channel_credentials(
        trust.ca_pem.encode(),
        credential.key_pem.encode() if credential else None,
        credential.chain_pem.encode() if credential else None,
    )
    return aio.secure_channel(where, credentials, options=_options(settings))


def _options(settings: ChannelSettings) -> list[tuple[str, Any]]:
    options: list[tuple[str, Any]] = [
        ("grpc.keepalive_time_ms", round(settings.keepalive_seconds * 1000)),
        ("grpc.keepalive_timeout_ms", round(settings.keepalive_timeout_seconds * 1000)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.max_receive_message_length", MAX_RECEIVE),
        ("grpc.max_send_message_length", MAX_SEND),
        ("grpc.enable_retries", 0),
        ("grpc.service_config_disable_resolution", 1),
        # Two channels to one address must never share a connection: they may differ in certificate.
        ("grpc.use_local_subchannel_pool", 1),
        # The settings alone decide, not what the environment of a service happens to hold.
        ("grpc.enable_http_proxy", 1 if settings.proxy else 0),
    ]
    if settings.proxy:
        options.append(("grpc.http_proxy", settings.proxy))
    return options


async def reach(channel: aio.Channel, clock: Clock, seconds: float) -> None:
    """Return when TLS and HTTP/2 stand, which a server says only after it has taken our certificate.

    Raises `NotReached` at the first failure: our own backoff decides when to try again, not gRPC's.
    """
    try:
        state = await within(clock, seconds, _settled(channel))
    except TimeoutError:
        raise NotReached(f"no connection within {seconds:g} s") from None
    if state is not grpc.ChannelConnectivity.READY:
        raise NotReached(await _why(channel))


async def _settled(channel: aio.Channel) -> grpc.ChannelConnectivity:
    state = channel.get_state(try_to_connect=True)
    while state in (grpc.ChannelConnectivity.IDLE, grpc.ChannelConnectivity.CONNECTING):
        await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)
    return state


async def _why(channel: aio.Channel) -> str:
    """gRPC keeps the reason of a failed connection for the calls on it: ask one that reaches nobody."""
    method: Any = channel.unary_unary("/logix.wire.v1.None/None")  # its type parameters cannot be inferred
    probe = method(b"", timeout=2.0)
    try:
        await probe
    except aio.AioRpcError as error:
        return error.details() or "cannot connect"
    return "cannot connect"


def translated(error: aio.AioRpcError) -> Refused | Disconnected:
    """Our error for gRPC's: `Refused` where the server gave a reason, `Disconnected` for all else."""
    told = {str(key): value for key, value in (error.trailing_metadata() or ())}
    detail = error.details() or error.code().name
    reason = told.get(REASON_KEY)
    retry_after = _seconds(told.get(RETRY_AFTER_KEY))
    if reason:
        return Refused(_text(reason)[:100], detail[:500], retry_after)
    return Disconnected(f"{error.code().name}: {detail[:500]}", retry_after)


async def why_ended(call: Any, error: BaseException | None) -> Refused | Disconnected:
    """What ended a call: its status says more than the operation that failed on it."""
    if isinstance(error, aio.AioRpcError):
        return translated(error)
    code, details = await call.code(), await call.details()
    trailing = await call.trailing_metadata()
    empty = aio.Metadata()
    return translated(aio.AioRpcError(code, empty, trailing or empty, details=details or "the stream ended"))


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    with contextlib.suppress(ValueError):
        seconds = float(_text(value)[:20])
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
