"""Inventories on the wire to plain JSON: a part of the codec."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Final

from logix_common.errors import InvalidInput
from logix_common.observations import MAX_PACKAGES
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.fleet.facts import InventoryTold
from logix_server.link.findings import Moment
from logix_server.link.texts import prose

_MAX_TEXT: Final = 256
_MAX_VERSION: Final = 128
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
    )


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
