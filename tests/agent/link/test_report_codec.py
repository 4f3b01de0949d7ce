"""Facts into entries: everything within the bounds that the server sets."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from logix_agent.facts import (
    DiskFact,
    FindingEvent,
    HealthSample,
    InventoryFacts,
    ModuleFact,
    PackageFact,
    PortFact,
    ServiceFact,
    ServiceStatus,
    WindowFact,
)
from logix_agent.link.report_codec import (
    MAX_FULL_STATE,
    Stamp,
    bounded,
    finding_entry,
    full_state_entry,
    health_entry,
    inventory_entry,
)
from logix_common.findings import MAX_EVIDENCE, MAX_TEXT, Event, Evidence
from logix_common.observations import MAX_INSTANCES, Point
from logix_common.wire.v1 import link_pb2

STAMP = Stamp(2, 1, "boot")


def event(number: int = 1, evidence: int = 1, text: str = "x") -> FindingEvent:
    proof = tuple(Evidence(text, text, text, text, text) for _ in range(evidence))
    return FindingEvent(
        Event.RAISED,
        number.to_bytes(16, "big"),
        "disk",
        "disk:A",
        "disk.smart-failed",
        2,
        proof,
        (),
        "",
        "",
        "",
    )


def inventory(packages: int = 0) -> InventoryFacts:
    many = tuple(PackageFact(f"package-{number}", "1.0") for number in range(packages))
    return InventoryFacts("LX1", "M", "1", "2", "Debian", "6", "", many, (), (), ())


@given(st.integers(), st.integers(), st.text(max_size=2_000))
def test_a_maintenance_window_goes_along_while_it_lasts(began: int, seconds: int, why: str) -> None:
    calm = link_pb2.Entry.FromString(inventory_entry(inventory(), STAMP).payload)
    assert not calm.inventory.HasField("maintenance")
    facts = replace(inventory(), maintenance=WindowFact(began, seconds, why, "ayse"))
    told = link_pb2.Entry.FromString(inventory_entry(facts, STAMP).payload).inventory.maintenance
    assert len(told.why.encode()) <= MAX_TEXT
    if 0 <= seconds < 2**32:
        assert told.seconds == seconds


@given(st.text(), st.integers(0, 40))
def test_texts_are_cut_between_characters(text: str, limit: int) -> None:
    cut = bounded(text, limit)
    assert len(cut.encode()) <= limit
    assert text.encode("utf-8", "replace").startswith(cut.encode())


def test_a_health_report_leaves_out_what_is_no_number() -> None:
    points = [
        Point(1, "", 2.5),
        Point(2, "", math.nan),
        Point(100, "/var", math.inf),
        Point(101, "/var", 7.0),
    ]
    sample = HealthSample(points, [ServiceFact("nginx.service", ServiceStatus.FAILED)])
    entry = link_pb2.Entry.FromString(health_entry(sample, STAMP).payload)
    assert (list(entry.health.metric), list(entry.health.value)) == ([1], [2.5])
    (instance,) = entry.health.instances
    assert (instance.name, list(instance.metric), list(instance.value)) == ("/var", [101], [7.0])
    assert entry.health.services[0].status == link_pb2.SERVICE_STATUS_FAILED
    assert (entry.device_time_us, entry.boottime_us, entry.boot_id, entry.sequence) == (2, 1, "boot", 0)


def test_instances_are_bounded() -> None:
    points = [Point(120, f"eth{number}", 1.0) for number in range(MAX_INSTANCES + 50)]
    entry = link_pb2.Entry.FromString(health_entry(HealthSample(points, []), STAMP).payload)
    assert len(entry.health.instances) == MAX_INSTANCES


def test_a_finding_is_bounded_in_evidence_and_texts() -> None:
    new = finding_entry(event(evidence=100, text="ş" * 2000), STAMP)
    entry = link_pb2.Entry.FromString(new.payload)
    assert len(entry.finding.evidence) == MAX_EVIDENCE
    assert all(len(proof.line.encode()) <= MAX_TEXT for proof in entry.finding.evidence)
    assert new.finding_id == entry.finding.finding_id == (1).to_bytes(16, "big")


def test_a_full_state_gives_up_evidence_and_never_a_finding() -> None:
    findings = [event(number, evidence=10, text="y" * 400) for number in range(1000)]
    new = full_state_entry(inventory(500), findings, STAMP)
    entry = link_pb2.Entry.FromString(new.payload)
    assert len(entry.full_state.open_findings) == 1000
    assert len(new.payload) <= MAX_FULL_STATE
    assert entry.full_state.inventory.serial == "LX1"


def test_an_empty_full_state_still_says_that_it_is_one() -> None:
    entry = link_pb2.Entry.FromString(full_state_entry(None, [], STAMP).payload)
    assert entry.WhichOneof("payload") == "full_state"


def test_an_inventory_is_bounded() -> None:
    entry = link_pb2.Entry.FromString(inventory_entry(inventory(9000), STAMP).payload)
    assert len(entry.inventory.packages) == 5000
    assert entry.inventory.product_version == "1"


LARGEST = 512 * 1024  # what goes in a batch; the server takes a message of twice that


def test_an_inventory_of_absurd_names_is_still_taken() -> None:
    """One entry that the server never takes would hold up every finding behind it."""
    word = "ş" * 128
    absurd = InventoryFacts(
        *[word] * 7,
        packages=tuple(PackageFact(f"{number:04}{word}", word) for number in range(5_000)),
        modules=tuple(ModuleFact(word, word, True) for _ in range(200)),
        disks=tuple(DiskFact(word, word, word, 2**70, word) for _ in range(128)),
        ports=tuple(PortFact(word, word, 2**40, True) for _ in range(128)),
    )
    assert len(inventory_entry(absurd, STAMP).payload) <= LARGEST
    full = full_state_entry(absurd, [event(number) for number in range(1_000)], STAMP)
    assert len(full.payload) <= LARGEST
    assert len(link_pb2.Entry.FromString(full.payload).full_state.open_findings) == 1_000


def test_an_ordinary_inventory_keeps_every_package() -> None:
    told = link_pb2.Entry.FromString(inventory_entry(inventory(5_000), STAMP).payload).inventory
    assert len(told.packages) == 5_000
