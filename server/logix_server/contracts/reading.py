"""What a device is entitled to, as people see it: found and authorised in the same call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from logix_server.accounts.access import Viewer
from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.entitlements import Entitlement, entitlements
from logix_server.contracts.decisions.information import information
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.standing import Line, standing
from logix_server.contracts.decisions.versions import release_of, upgrade_steps
from logix_server.contracts.device_facts import device_facts
from logix_server.fleet.reading import device


@dataclass(frozen=True)
class DeviceContract:
    """Every answer of the terms for one device at one moment."""

    runs: Sequence[Line]
    actions: Sequence[Entitlement]
    information: Sequence[Reason]
    version: str  # as last reported; "" where it was not
    upgrades: Sequence[str]  # the versions to go through so that data is carried along (UPD-8)


def contract_of(viewer: Viewer, serial: str, at: datetime) -> DeviceContract:
    """What the terms say of the device at the moment `at`. Raises `NotFound`."""
    asked = device_facts(device(viewer, serial), at)
    installed = release_of(asked.version, asked.releases)
    steps = upgrade_steps(installed, asked.releases, terms.local_day(at)) if installed else ()
    return DeviceContract(
        standing(asked.facts, at),
        entitlements(asked.facts, at, asked.known, asked.office),
        information(asked.facts, at),
        asked.version,
        [release.version for release in steps],
    )
