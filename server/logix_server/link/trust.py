"""What TLS needs, kept fresh: the server's certificate, the device roots, the bundle devices are to hold."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from logix_server.pki import queries as pki
from logix_server.pki.facts import Bundle


@dataclass(frozen=True)
class Material:
    """Everything of one moment, read together."""

    version: pki.MaterialVersion
    key_pem: bytes
    chain_pem: bytes
    client_roots_pem: bytes
    bundle: Bundle


def read_material() -> Material:
    """Read it from files and rows; blocking."""
    version = pki.material_version()
    key_pem, chain_pem = pki.server_credentials()
    return Material(version, key_pem, chain_pem, pki.client_roots_pem(), pki.newest_bundle())


class Trust:
    """Holds the newest material; new connections get it without a restart, live ones go on."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._served: dict[bool, Material] = {True: material, False: material}

    @property
    def version(self) -> pki.MaterialVersion:
        return self._material.version

    @property
    def bundle(self) -> Bundle:
        """What devices are to trust."""
        return self._material.bundle

    def replace(self, material: Material) -> None:
        """From the next handshake on, serve `material`."""
        self._material = material

    def newer_than(self, version: int) -> Bundle | None:
        """The bundle, where a device with `version` needs it."""
        return self.bundle if version < self._material.bundle.version else None

    def credentials(self, *, mutual: bool) -> grpc.ServerCredentials:
        """Server credentials that follow `replace`; `mutual` asks for a device certificate."""

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            material = self._material
            if material is self._served[mutual]:
                return None  # as before
            self._served[mutual] = material
            return _configuration(material, mutual=mutual)

        return grpc.dynamic_ssl_server_credentials(
            _configuration(self._material, mutual=mutual),
            fetch,  # type: ignore[arg-type]  # None is allowed (grpc's own docstring), its stub forgets it
            require_client_authentication=mutual,
        )


def _configuration(material: Material, *, mutual: bool) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(material.key_pem, material.chain_pem)], material.client_roots_pem if mutual else None
    )
