"""Read what the roles need of the PKI. Private keys come from files (`pki.store`), all else from rows."""

from __future__ import annotations


def server_credentials() -> tuple[bytes, bytes]:
    """(key PEM, chain PEM: leaf first, then issuing) of the server certificate that is in use."""
    raise NotImplementedError


def trust_bundle() -> tuple[int, bytes]:
    """(version, PEM) of the newest trust bundle."""
    raise NotImplementedError


def client_roots_pem() -> bytes:
    """The roots against which a gateway verifies device certificates (leaf + issuing are presented)."""
    raise NotImplementedError


def material_version() -> tuple[int, int]:
    """(generation of the server certificate, trust version): reload credentials when it changes."""
    raise NotImplementedError
