"""All that a question about one device stands on, read in one place for the command line and the admin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from logix_server.contracts.decisions.terms import Circumstances, ContractFacts
from logix_server.contracts.decisions.versions import Release
from logix_server.contracts.queries import contract_facts, releases_of, version_circumstances
from logix_server.contracts.working_time import closures
from logix_server.contracts.working_time.office_hours import Office
from logix_server.fleet.models import Unit
from logix_server.fleet.queries import newest_inventory


@dataclass(frozen=True)
class DeviceFacts:
    """`known` tells of the installed version only: access and confirmation are settled on the day."""

    unit: Unit
    at: datetime
    facts: ContractFacts
    known: Circumstances
    version: str  # as the device last reported it; "" where it did not
    releases: Sequence[Release]
    office: Office


def device_facts(unit: Unit, at: datetime) -> DeviceFacts:
    """What is on record now, to be asked at the moment `at`."""
    inventory = newest_inventory(unit)
    version = inventory.product_version if inventory else ""
    releases = releases_of([unit.model]).get(unit.model, ())
    facts = contract_facts(unit.installation_id, unit.model)
    known = version_circumstances(version, releases)
    return DeviceFacts(unit, at, facts, known, version, releases, closures.office_now())
