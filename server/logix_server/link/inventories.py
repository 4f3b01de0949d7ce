"""Inventories on the wire to plain JSON: a part of the codec."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Final

from logix_common.clock import from_microseconds, to_microseconds
from logix_common.errors import InvalidInput
from logix_common.findings import MAX_TEXT
from logix_common.observations import MAX_NAME, MAX_PACKAGES
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.fleet.facts import InventoryTold, WatchingTold
from logix_server.link.findings import Moment
from logix_server.link.reckoning import bounded
from logix_server.link.texts import prose

_MAX_TEXT: Final = 256
_MAX_VERSION: Final = 128
#: Seconds; no agent makes a longer one.
_LONGEST_WINDOW: Final = 86_400
#: Of these so many are shown; a machine of which more cannot be judged needs no longer list.
MAX_DOUBTS: Final = 100
_BOUNDS: Final = (("packages", MAX_PACKAGES), ("modules", 500), ("disks", 500), ("ports", 500))


def inventory_told(where: str, told: pb.Inventory, moment: Moment) -> InventoryTold:
    """What a unit consists of, bounded in every direction."""
    for name, most in _BOUNDS:
        listed: Sized = getattr(told, name)
        if len(listed) > most:
            raise InvalidInput(f"{where}.{name}", f"expected at most {most}, got {len(listed)}")
    return InventoryTold(
        unit_id=moment.unit_id,
        received_at=moment.received_at,
        product_version=prose(told.product_version, _MAX_VERSION),
        patch_level=prose(told.patch_level, _MAX_VERSION),
        content=_content(told),
        watching=_watching(told, moment),
    )


def _watching(told: pb.Inventory, moment: Moment) -> WatchingTold:
    """What it cannot judge, as much as a person reads, and its own maintenance window by our clock."""
    doubts = {
        (prose(doubt.component, MAX_NAME), prose(doubt.part, _MAX_TEXT), prose(doubt.reason, MAX_TEXT)): None
        for doubt in told.cannot_tell[:MAX_DOUBTS]
    }
    return WatchingTold(
        cannot_tell=[{"component": each[0], "part": each[1], "reason": each[2]} for each in doubts],
        maintenance=_window(told.maintenance, moment) if told.HasField("maintenance") else None,
    )


def _window(told: pb.MaintenanceWindow, moment: Moment) -> dict[str, str]:
    received = to_microseconds(moment.received_at)
    began = max(0, min(bounded(told.began_us) - moment.skew_us, received))
    ends = began + min(told.seconds, _LONGEST_WINDOW) * 1_000_000
    return {
        "since": from_microseconds(began).isoformat(),
        "until": from_microseconds(ends).isoformat(),
        "why": prose(told.why, MAX_TEXT),
        "by": prose(told.by, MAX_NAME),
    }


def _content(told: pb.Inventory) -> dict[str, Any]:
    return {
        "serial": prose(told.serial, _MAX_TEXT),
        "model": prose(told.model, _MAX_TEXT),
        "product_version": prose(told.product_version, _MAX_VERSION),
        "patch_level": prose(told.patch_level, _MAX_VERSION),
        "os": prose(told.os, _MAX_TEXT),
        "kernel": prose(told.kernel, _MAX_TEXT),
        "bios": prose(told.bios, _MAX_TEXT),
        "packages": [
            {"name": prose(p.name, _MAX_TEXT), "version": prose(p.version, _MAX_TEXT)} for p in told.packages
        ],
        "modules": [
            {"name": prose(m.name, _MAX_TEXT), "version": prose(m.version, _MAX_TEXT), "enabled": m.enabled}
            for m in told.modules
        ],
        "disks": [
            {
                "name": prose(d.name, _MAX_TEXT),
                "serial": prose(d.serial, _MAX_TEXT),
                "model": prose(d.model, _MAX_TEXT),
                "bytes": d.bytes,
                "firmware": prose(d.firmware, _MAX_TEXT),
            }
            for d in told.disks
        ],
        "ports": [
            {
                "name": prose(p.name, _MAX_TEXT),
                "mac": prose(p.mac, _MAX_TEXT),
                "speed_mbit": p.speed_mbit,
                "up": p.up,
            }
            for p in told.ports
        ],
    }
