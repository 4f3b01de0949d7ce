"""The same fault on different appliances."""

from __future__ import annotations

from dataclasses import replace

import pytest
from logix_agent.detectors.impact import felt
from logix_agent.facts import ServiceFact, ServiceStatus, Sighting
from logix_common.findings import Evidence

DISK = Sighting("disk", "disk:A", "disk.pending-sectors", 2, (Evidence("smartctl", "197", "8", "0"),))
DEGRADED = Sighting(
    "raid", "raid:md0", "raid.degraded", 2, (Evidence("/proc/mdstat", "md0", "1 of 2"),), urgent=True
)
FAILED = (ServiceFact("logix-engine.service", ServiceStatus.FAILED),)
RUNNING = (ServiceFact("logix-engine.service", ServiceStatus.ACTIVE),)
TWO, ONE = frozenset({"disk:A", "disk:B"}), frozenset({"disk:A"})


def level(sighting: Sighting, services: tuple[ServiceFact, ...], disks: frozenset[str]) -> int:
    (seen,) = felt([sighting], services, disks)
    return int(seen.severity)


def test_one_of_two_disks_on_a_running_system_needs_a_replacement() -> None:
    assert felt([DISK], RUNNING, TWO) == (DISK,)


def test_the_only_disk_is_critical_and_it_is_said_why() -> None:
    (seen,) = felt([DISK], RUNNING, ONE)
    assert seen.severity == 1
    assert seen.evidence[:-1] == DISK.evidence
    assert "only disk" in seen.evidence[-1].line


def test_lost_redundancy_on_a_running_system_stays_and_is_urgent() -> None:
    assert felt([DEGRADED], RUNNING, ONE) == (DEGRADED,)


@pytest.mark.parametrize("sighting", [DISK, DEGRADED])
def test_a_fault_beside_a_failed_service_has_stopped_it(sighting: Sighting) -> None:
    (seen,) = felt([sighting], FAILED, TWO)
    assert (seen.severity, seen.urgent) == (1, False)
    assert seen.evidence[-1].name == "logix-engine.service"


@pytest.mark.parametrize("component", ["fan", "psu", "temperature", "nic", "voltage", "storage-wear"])
def test_what_no_service_lies_on_did_not_stop_it(component: str) -> None:
    assert level(replace(DISK, component=component, part=f"{component}:x"), FAILED, ONE) == 2


@pytest.mark.parametrize("severity", [1, 3])
def test_only_what_needs_a_replacement_is_raised(severity: int) -> None:
    assert level(replace(DISK, severity=severity), FAILED, ONE) == severity


def test_an_early_sign_is_none_of_it() -> None:
    assert level(replace(DISK, early=True), FAILED, ONE) == 2


def test_a_machine_whose_disks_are_not_known_has_no_only_one() -> None:
    assert level(DISK, (), frozenset()) == 2
