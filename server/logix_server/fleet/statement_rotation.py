"""Replace the key that signs module statements by overlap: add one, let devices learn it, retire the old.

A statement is signed by the newest key that its device knows, so that adding a key asks nothing of
anybody; when a key is retired, the statements that it signed are issued anew with a newer one.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.fleet import doorbell
from logix_server.fleet.models import Unit
from logix_server.pki import actions as pki
from logix_server.pki.models import StatementKey
from logix_server.pki.queries import statement_keys_in_use


def add_statement_key(by: str, now: datetime) -> tuple[str, int]:
    """A new key in a new trust bundle, handed to connected devices at once: (key id, bundle version)."""
    with transaction.atomic():
        added = pki.add_statement_key(by, now)
        doorbell.ring()
        return added


def units_without_newest_key(limit: int = 1_000) -> list[str]:
    """Serials of units in service whose trust bundle is older than the newest key."""
    keys = statement_keys_in_use()
    if not keys:
        return []
    units = Unit.objects.filter(
        state=Unit.State.ACTIVE, presence__trust_version__lt=max(key.since_version for key in keys)
    )
    return list(units.order_by("serial").values_list("serial", flat=True)[:limit])


def retire_statement_key(name: str, by: str, now: datetime, *, force: bool = False) -> int:
    """Take a key out of the trust bundle; returns the new bundle's version.

    Raises `InvalidInput` for an unknown, retired or last key, and, unless `force`, while units do not
    know the newest one: those learn of it when they connect again, and until then nothing changes there.
    """
    with transaction.atomic():
        keys = list(StatementKey.objects.select_for_update().filter(retired_at__isnull=True))
        chosen = next((key for key in keys if key.key_id == name), None)
        if chosen is None:
            raise InvalidInput("statement key", f"{name!r} is not in use; see `pki show`")
        if len(keys) == 1:
            raise InvalidInput("statement key", "it is the only one; add another with `pki statement-key`")
        waiting = units_without_newest_key()
        if waiting and not force:
            named = ", ".join(waiting[:20]) + (f" and {len(waiting) - 20} more" if len(waiting) > 20 else "")
            raise InvalidInput("statement key", f"{len(waiting)} units do not know the newest one: {named}")
        chosen.retired_at = now
        chosen.save(update_fields=["retired_at"])
        version = pki.publish_trust_bundle(now)
        detail = {"trust_version": version, "left_behind": waiting}
        record(now, by, "pki.statement-key-retire", f"key:{name}", detail)
        doorbell.ring()
        return version
