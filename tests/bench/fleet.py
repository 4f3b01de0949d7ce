"""Make a fleet to measure with: N registered devices with certificates, through the server's own actions.

Run with LOGIX_DATA (and LOGIX_DATABASE_URL) of an initialised server:
python -m tests.bench.fleet --out DIR --count 200
Writes DIR/roots.pem, DIR/server.key, DIR/server.pem and DIR/devices/N.key, N.pem.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # models exist only once Django is set up
    from logix_server.accounts.models import Organisation
    from logix_server.fleet.models import Unit

BY: Final = "operator:bench"


def make(out: Path, count: int) -> None:
    """Register and enrol `count` devices; idempotent for devices that are there."""
    from django.db import transaction
    from logix_server.accounts.models import Organisation
    from logix_server.pki.queries import server_credentials, trust_bundle

    now = datetime.now(UTC)
    (out / "devices").mkdir(parents=True, exist_ok=True)
    key, chain = server_credentials()
    (out / "server.key").write_bytes(key)
    (out / "server.pem").write_bytes(chain)
    (out / "roots.pem").write_bytes(trust_bundle()[1])
    customer, _ = Organisation.objects.get_or_create(
        name="Bench", defaults={"kind": Organisation.Kind.CUSTOMER, "created_at": now}
    )
    for first in range(0, count, 500):
        with transaction.atomic():
            for number in range(first, min(first + 500, count)):
                key_pem, chain_pem = enrolled(register(customer, f"BENCH-{number}", now), now)
                (out / "devices" / f"{number}.key").write_bytes(key_pem)
                (out / "devices" / f"{number}.pem").write_bytes(chain_pem)


def register(customer: Organisation, serial: str, now: datetime) -> Unit:
    """A unit with the best contract."""
    from logix_server.contracts.actions import add_package, record_purchase
    from logix_server.contracts.decisions.terms import Hardware, Package
    from logix_server.fleet import actions as fleet

    place, _ = fleet.open_installation(customer, serial, BY, now)
    starts = date(2026, 1, 1)
    record_purchase(place.pk, starts, Hardware.LOGIX, now=now, actor=BY)
    add_package(place.pk, Package.PROFESYONEL, starts, 3, now=now, actor=BY)
    return fleet.register_unit(serial, "bench", place, BY, now)


def enrolled(unit: Unit, now: datetime) -> tuple[bytes, bytes]:
    """Its key and its certificate's chain, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from logix_server.fleet import actions as fleet

    token = fleet.create_token(unit, BY, now)
    private = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    csr = request.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    issued = fleet.enrol(token.token, unit.serial, csr, "0.1.0", now)
    plain = serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return pem, issued.chain_pem


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logix_server.settings")
    import django

    django.setup()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    make(options.out, options.count)
