"""Who this device is and whom it trusts, as facts. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from logix_common.errors import InvalidInput
from logix_common.identifiers import is_device_id, is_serial, is_trust_domain

BUNDLE_FORMAT: Final = 1
MAX_BUNDLE_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Server:
    """Where the server is."""

    host: str
    gateway_port: int
    enrolment_port: int


@dataclass(frozen=True)
class Trust:
    """Every CA certificate that the device trusts, and the keys that sign module statements, by version."""

    version: int
    ca_pem: str
    statement_keys_pem: str = ""


@dataclass(frozen=True)
class EnrolmentBundle:
    """What `logix-server device register` printed. `token` is a secret for one use."""

    token: str
    serial: str
    trust_domain: str
    trust: Trust
    server: Server


@dataclass(frozen=True)
class Credential:
    """A key and its certificate chain (leaf first). `generation` names the folder they lie in."""

    generation: str
    key_pem: str
    chain_pem: str
    not_before_us: int
    not_after_us: int


@dataclass(frozen=True)
class Device:
    """The enrolled device."""

    device_id: str
    serial: str
    trust_domain: str
    server: Server


def parse_bundle(data: bytes, where: str) -> EnrolmentBundle:
    """The bundle in `data`; raises `InvalidInput` naming `where` and the key."""
    if len(data) > MAX_BUNDLE_BYTES:
        raise InvalidInput(where, f"expected an enrolment bundle of at most {MAX_BUNDLE_BYTES} bytes")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            where, f"is not JSON: expected what `logix-server device register` printed ({error})"
        ) from error
    if not isinstance(content, dict):
        raise InvalidInput(where, "expected a JSON object")
    if content.get("format") != BUNDLE_FORMAT:
        raise InvalidInput(f"{where}: format", f"expected {BUNDLE_FORMAT}, got {content.get('format')!r}")
    serial = _text(content, "serial", where, 64)
    if serial and not is_serial(serial):
        raise InvalidInput(f"{where}: serial", f"expected a serial number, got {serial!r}")
    domain = _text(content, "trust_domain", where, 255)
    if not is_trust_domain(domain):
        raise InvalidInput(f"{where}: trust_domain", f"expected a trust domain, got {domain!r}")
    ca_pem = _text(content, "ca_pem", where, MAX_BUNDLE_BYTES)
    if "-----BEGIN CERTIFICATE-----" not in ca_pem:
        raise InvalidInput(f"{where}: ca_pem", "expected CA certificates in PEM")
    token = _text(content, "token", where, 512)
    if not token:
        raise InvalidInput(f"{where}: token", "expected the one-time token")
    keys_pem = (
        _text(content, "statement_keys", where, MAX_BUNDLE_BYTES) if "statement_keys" in content else ""
    )
    trust = Trust(_number(content, "trust_version", where, 0, 2**32 - 1), ca_pem, keys_pem)
    return EnrolmentBundle(
        token, serial, domain, trust, parse_server(content.get("server"), f"{where}: server")
    )


def parse_server(content: object, where: str) -> Server:
    """The server's addresses; raises `InvalidInput`."""
    if not isinstance(content, dict):
        raise InvalidInput(where, "expected an object with host, gateway_port and enrolment_port")
    host = _text(content, "host", where, 255)
    if not host or any(character in host for character in "/ \t\r\n\0"):
        raise InvalidInput(f"{where}: host", f"expected a host name or address, got {host!r}")
    ports = [_number(content, key, where, 1, 65_535) for key in ("gateway_port", "enrolment_port")]
    return Server(host, *ports)


def parse_device(content: Mapping[str, Any], where: str) -> Device:
    """The device in the identity's own file; raises `InvalidInput`."""
    device_id = _text(content, "device_id", where, 32)
    if not is_device_id(device_id):
        raise InvalidInput(f"{where}: device_id", f"expected 32 hexadecimal digits, got {device_id!r}")
    return Device(
        device_id=device_id,
        serial=_text(content, "serial", where, 64),
        trust_domain=_text(content, "trust_domain", where, 255),
        server=parse_server(content.get("server"), f"{where}: server"),
    )


def device_content(device: Device) -> dict[str, Any]:
    """What `parse_device` reads."""
    return {
        "device_id": device.device_id,
        "serial": device.serial,
        "trust_domain": device.trust_domain,
        "server": vars(device.server).copy(),
    }


def _text(content: Mapping[str, Any], key: str, where: str, limit: int) -> str:
    value = content.get(key)
    if not isinstance(value, str) or len(value) > limit:
        raise InvalidInput(f"{where}: {key}", f"expected a text of at most {limit} characters")
    return value


def _number(content: Mapping[str, Any], key: str, where: str, low: int, high: int) -> int:
    value = content.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInput(f"{where}: {key}", f"expected a whole number from {low} to {high}, got {value!r}")
    return value
