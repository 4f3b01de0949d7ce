"""The CA is replaced by overlap while a device stays connected or comes back."""

from __future__ import annotations

import pytest
from cryptography import x509
from logix_agent.link.identity import IdentityStore

from tests.e2e.world import Appliance, Place

pytestmark = pytest.mark.timeout(900)


def issuer(appliance: Appliance) -> str:
    """Who signed the certificate in use; "" at the instant in which another takes its place."""
    try:
        current = IdentityStore(appliance.state / "identity").current()
    except OSError:
        return ""
    if current is None:
        return ""
    return x509.load_pem_x509_certificates(current.chain_pem.encode())[0].issuer.rfc4514_string()


def test_the_authority_is_rotated_under_a_live_device(place: Place) -> None:
    place.start_role("up")
    appliance = place.appliance("LGX-1")
    appliance.start()
    place.until("connected", lambda: place.connected("LGX-1"))
    first = issuer(appliance)

    place.server("pki", "rotate-begin")
    trusted = "SELECT min(trust_version) FROM fleet_presence"
    place.until("the device trusts both", lambda: place.count(trusted) == 2)
    place.server("pki", "rotate-switch")
    place.until("the device has renewed", lambda: issuer(appliance) not in {first, ""})
    place.until("connected with the new one", lambda: place.connected("LGX-1"))
    place.server("pki", "rotate-finish")
    place.until("the old root is dropped", lambda: place.count(trusted) == 3)

    appliance.machine.fail_disk("sdb")
    place.until("reports still arrive", lambda: bool(place.ask("ticket", "list")))
    place.kill("up")
    appliance.kill()
    place.start_role("up")
    appliance.start()
    place.until("and after a restart", lambda: place.connected("LGX-1"))
