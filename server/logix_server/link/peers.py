"""Who is at the other end of a TLS connection: the certificate says so, no message does."""

from __future__ import annotations

from typing import Any

import grpc
from logix_common.errors import InvalidInput, Refused
from logix_common.reasons import UNKNOWN_DEVICE

from logix_server.pki.profiles import DevicePeer, read_device_certificate


def peer_of(context: grpc.aio.ServicerContext[Any, Any], trust_domain: str) -> DevicePeer:
    """The device whose certificate TLS has verified. Raises `Refused` for one that is no device's."""
    pems = tuple(context.auth_context().get("x509_pem_cert", ()))
    if len(pems) != 1:
        raise Refused(UNKNOWN_DEVICE, "no client certificate")
    try:
        return read_device_certificate(bytes(pems[0]), trust_domain)
    except InvalidInput as error:
        raise Refused(UNKNOWN_DEVICE, str(error)) from error


def address_of(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """The peer's IP address without its port ("ipv4:192.0.2.1:443", "ipv6:%5B2001:db8::1%5D:443")."""
    peer: str = context.peer()
    family, _, rest = peer.partition(":")
    if family not in ("ipv4", "ipv6"):
        return peer
    address = rest.rpartition(":")[0].replace("%5B", "").replace("%5D", "").strip("[]")
    if family == "ipv6":
        # One customer line has a /64 at least: count it as one.
        import ipaddress

        return str(ipaddress.IPv6Network((address.partition("%")[0], 64), strict=False).network_address)
    return address
