"""Replace the certificate authority by overlap, in three steps; no appliance loses the link.

1. begin: a new generation is made; the trust bundle holds the old root and the new one.
2. switch: device certificates come from the new generation; every unit in service is ordered to renew.
   The server itself still shows its old certificate, which everybody trusts, also a unit that was
   away and knows only the old bundle.
3. finish: once every unit in service trusts the new root and holds a new certificate, the server
   shows its new one, and the old root leaves the bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.fleet import doorbell
from logix_server.fleet.models import Order, Unit
from logix_server.fleet.orders import give_orders
from logix_server.pki import actions as pki
from logix_server.pki.lifecycle import AuthorityState
from logix_server.pki.models import Authority, Certificate
from logix_server.pki.queries import issuing_authority, trust_version

ORDER_LIFE: Final = timedelta(days=90)


@dataclass(frozen=True)
class Straggler:
    """A unit in service for which the rotation must not finish yet."""

    serial: str
    why: str


def rotate_begin(by: str, now: datetime) -> int:
    """Make the next generation and publish a bundle with both roots. Returns the bundle's version."""
    with transaction.atomic():
        authorities = list(Authority.objects.select_for_update().order_by("generation"))
        _expect_settled(authorities)
        generation = authorities[-1].generation + 1
        pki.create_generation(generation, Authority.State.NEXT, now)
        version = pki.publish_trust_bundle(now)
        record(now, by, "pki.rotate-begin", f"authority:{generation}", {"trust_version": version})
        doorbell.ring()
        return version


def _expect_settled(authorities: list[Authority]) -> None:
    issuing_authority()
    for authority in authorities:
        if authority.state in (Authority.State.NEXT, Authority.State.RETIRING):
            raise InvalidInput(
                "pki", f"generation {authority.generation} is {authority.state}: a rotation is under way"
            )


def rotate_switch(by: str, now: datetime) -> int:
    """Issue from the new generation and order every unit in service to renew. Returns how many orders."""
    with transaction.atomic():
        following = Authority.objects.select_for_update().filter(state=Authority.State.NEXT).first()
        if following is None:
            raise InvalidInput("pki", "no rotation has begun; see `pki rotate-begin`")
        old = issuing_authority()
        pki.move_authority(old, AuthorityState.RETIRING, now)
        pki.move_authority(following, AuthorityState.ISSUING, now)
        units = list(Unit.objects.filter(state=Unit.State.ACTIVE).only("id", "serial"))
        given = give_orders(units, Order.Kind.RENEW_CERTIFICATE, by, now, now + ORDER_LIFE)
        detail = {"retiring": old.generation, "orders": given}
        record(now, by, "pki.rotate-switch", f"authority:{following.generation}", detail)
        return given


def without_bundle(limit: int = 1_000) -> list[Straggler]:
    """Units in service that have connected and do not hold the newest trust bundle."""
    version = trust_version()
    units = Unit.objects.filter(state=Unit.State.ACTIVE, presence__trust_version__lt=version)
    return [
        Straggler(unit.serial, f"trusts bundle {unit.presence.trust_version} of {version}")
        for unit in units.select_related("presence").order_by("serial")[:limit]
    ]


def stragglers(limit: int = 1_000) -> list[Straggler]:
    """Units in service that hold no certificate in use of the issuing generation, or too old a bundle."""
    generation, version = issuing_authority().generation, trust_version()
    in_use = Certificate.objects.filter(state=Certificate.State.ACTIVE)
    # Enrolled since and not yet connected: its only certificate is one that was never used.
    fresh = Certificate.objects.filter(state=Certificate.State.ISSUED, generation=generation).exclude(
        device_id__in=in_use.values("device_id")
    )
    ready = Q(device_id__in=in_use.filter(generation=generation).values("device_id")) | Q(
        device_id__in=fresh.values("device_id")
    )
    units = Unit.objects.filter(state=Unit.State.ACTIVE).select_related("presence").order_by("serial")
    waiting = []
    for unit in units.exclude(ready)[:limit]:
        waiting.append(Straggler(unit.serial, f"no certificate of generation {generation} in use"))
    behind = units.filter(ready, presence__trust_version__lt=version)
    for unit in behind[:limit]:
        waiting.append(Straggler(unit.serial, f"trusts bundle {unit.presence.trust_version} of {version}"))
    return waiting[:limit]


def rotate_finish(by: str, now: datetime, *, force: bool = False) -> int:
    """Retire the old generation; the server shows the new one. Returns the new bundle's version.

    Raises `InvalidInput` naming the units that would lose the link, unless `force`: those must then
    be enrolled anew.
    """
    with transaction.atomic():
        retiring = list(Authority.objects.select_for_update().filter(state=Authority.State.RETIRING))
        if not retiring:
            raise InvalidInput("pki", "nothing to finish; see `pki rotate-switch`")
        left = stragglers()
        if left and not force:
            named = "; ".join(f"{one.serial} ({one.why})" for one in left[:20])
            more = f" and {len(left) - 20} more" if len(left) > 20 else ""
            raise InvalidInput("pki", f"{len(left)} units are not ready: {named}{more}")
        retired = [authority.generation for authority in retiring]
        for authority in retiring:
            pki.move_authority(authority, AuthorityState.RETIRED, now)
        # Those left behind lose their live streams too: the old authority may have been stolen.
        pki.revoke_generations(retired, "its authority is retired", now)
        version = pki.publish_trust_bundle(now)
        detail = {"retired": retired, "trust_version": version, "left_behind": [one.serial for one in left]}
        record(now, by, "pki.rotate-finish", f"authority:{issuing_authority().generation}", detail)
        doorbell.ring()
        return version
