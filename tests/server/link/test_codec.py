"""What devices say, bounded: hostile entries are set apart, hostile envelopes end the stream."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logix_common.clock import EPOCH, to_microseconds
from logix_common.errors import InvalidInput, Refused
from logix_common.observations import MAX_PACKAGES
from logix_common.wire.v1 import link_pb2 as pb
from logix_server.health.facts import FindingTold, FullStateTold
from logix_server.link import codec
from logix_server.link.inventories import MAX_DOUBTS
from logix_server.link.reckoning import HelloTimes
from logix_server.link.submissions import Spool, Submission

from tests.fakes.device import finding, report

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TIMES = HelloTimes(
    boot_id="b", device_us=to_microseconds(NOW), boottime_us=10_000_000, received_us=to_microseconds(NOW)
)
DEVICE = codec.Device(unit_id=7, times=TIMES)


def read(*entries: pb.Entry, applied: int = 0, limit: int = 500) -> Submission:
    return codec.submission(pb.Batch(entries=entries), Spool("aa", applied), DEVICE, NOW, limit)


def entry(sequence: int = 1, **payload: object) -> pb.Entry:
    return pb.Entry(sequence=sequence, boottime_us=9_000_000, **payload)


def hello(**changes: object) -> pb.Hello:
    said: dict[str, object] = {
        "protocol_min": 1,
        "protocol_max": 1,
        "agent_version": "0.1.0",
        "boot_id": "b-1",
        "spool_id": b"s" * 16,
        "memory_spool_id": b"m" * 16,
    }
    return pb.Hello(**(said | changes))


def opened(message: pb.Hello) -> object:
    return codec.stream_opened(
        message,
        device_id="d" * 32,
        certificate_serial="1",
        gateway_id="g",
        stream_id="s",
        received_at=NOW,
    )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"spool_id": b"short"}, "hello.spool_id"),
        ({"memory_spool_id": b"s" * 16}, "hello.memory_spool_id"),
        ({"boot_id": ""}, "hello.boot_id"),
        ({"boot_id": "b\x00"}, "hello.boot_id"),
        ({"boot_id": "x" * 65}, "hello.boot_id"),
        ({"agent_version": "1\n2"}, "hello.agent_version"),
        ({"capabilities": ["a"] * 65}, "hello.capabilities"),
        ({"capabilities": ["UPPER"]}, "hello.capabilities"),
        ({"last_acknowledged": 2**63}, "hello.last_acknowledged"),
    ],
)
def test_a_hello_names_the_field_that_does_not_hold(change: dict[str, object], where: str) -> None:
    with pytest.raises(InvalidInput) as error:
        opened(hello(**change))
    assert error.value.where == where


def test_the_newest_protocol_that_both_speak_is_chosen() -> None:
    assert codec.negotiated(1, 9) == 1
    for span in ((2, 3), (0, 0), (3, 1)):
        with pytest.raises(Refused, match="protocol-unsupported"):
            codec.negotiated(*span)


def test_a_finding_that_is_only_watched_says_so() -> None:
    told = read(
        entry(1, finding=finding("disk:A")),
        entry(2, finding=pb.Finding.FromString(finding("disk:B").SerializeToString() + b"\x50\x01")),
    )
    assert [event.watched for event in told.events] == [False, True]


def test_pri_4_an_urgent_finding_says_so() -> None:
    urgent = finding("raid:md0")
    urgent.urgent = True
    told = read(entry(1, finding=finding("disk:A")), entry(2, finding=urgent))
    assert [event.urgent for event in told.events] == [False, True]


def test_a_report_is_kept_as_it_came_with_fields_of_newer_agents() -> None:
    newer = report(3).SerializeToString() + b"\xf2\x3f\x03abc"  # field 1022, unknown here
    told = read(entry(health=pb.HealthReport.FromString(newer)))

    assert told.reports[0].packed == newer
    assert told.reports[0].observed_us == to_microseconds(NOW) - 1_000_000
    assert told.sequence == 1


@pytest.mark.parametrize(
    "health",
    [
        pb.HealthReport(metric=[1, 2], value=[1.0]),
        pb.HealthReport(metric=range(4_001), value=[0.0] * 4_001),
        pb.HealthReport(instances=[pb.InstanceValues(name="", metric=[1], value=[1.0])]),
        pb.HealthReport(instances=[pb.InstanceValues(name="x", metric=[1], value=[])]),
        pb.HealthReport(instances=[pb.InstanceValues(name="x" * 129)]),
        pb.HealthReport(instances=[pb.InstanceValues(name="x")] * 501),
        pb.HealthReport(services=[pb.ServiceState(name="x")] * 201),
        pb.HealthReport(services=[pb.ServiceState(name="")]),
    ],
)
def test_a_misshapen_report_is_set_apart_and_the_spool_goes_on(health: pb.HealthReport) -> None:
    told = read(entry(1, health=health), entry(2, health=report()))
    assert [(r.sequence, len(told.reports)) for r in told.rejected] == [(1, 1)]
    assert told.sequence == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("finding_id", b"x"),
        ("event", 0),
        ("event", 77),
        ("severity", 0),
        ("severity", 4),
        ("component", ""),
        ("component", "Disk!"),
        ("part", ""),
        ("part", "disk:\x00"),
        ("part", "p" * 201),
        ("code", "Not A Code"),
        ("code", "c" * 65),
    ],
)
def test_a_finding_that_names_nothing_usable_is_set_apart(field: str, value: object) -> None:
    told = read(entry(finding=finding(change=lambda f: setattr(f, field, value))))
    assert [reject.where for reject in told.rejected] == [f"finding.{field}"]
    assert told.events == []


def test_a_finding_of_a_newer_agent_is_taken_and_its_evidence_made_safe() -> None:
    evidence = [pb.Evidence(source="smartctl", line="a\x00\x1b[31mred\n" + "x" * 600)] * 40

    def newer(f: pb.Finding) -> None:
        f.component, f.code, f.part = "gpu", "gpu.lost", "gpu:0"
        f.related_parts.extend(["disk:A"] * 40)

    told = read(entry(finding=finding(evidence=evidence, change=newer))).events[0]

    assert isinstance(told, FindingTold)
    assert (told.component, told.code) == ("gpu", "gpu.lost")
    assert len(told.evidence) == len(told.related_parts) == 32
    assert told.evidence[0].line.startswith("a��[31mred�xxx")
    assert len(told.evidence[0].line) == 512


def test_a_full_state_with_one_bad_finding_is_refused_as_a_whole() -> None:
    bad = finding(change=lambda f: setattr(f, "severity", 9))
    told = read(entry(full_state=pb.FullState(open_findings=[finding(), bad])))
    assert told.rejected[0].where == "full_state.open_findings[1].severity"
    assert told.events == []


def test_a_full_state_brings_its_inventory_along() -> None:
    inventory = pb.Inventory(
        serial="LGX-1", product_version="7.2\x07", packages=[pb.Package(name="a", version="1")]
    )
    told = read(entry(full_state=pb.FullState(inventory=inventory, open_findings=[finding()])))
    assert isinstance(told.events[0], FullStateTold)
    assert told.inventories[0].product_version == "7.2�"
    assert told.inventories[0].content["packages"] == [{"name": "a", "version": "1"}]


def test_an_inventory_too_long_is_set_apart() -> None:
    told = read(entry(inventory=pb.Inventory(disks=[pb.Disk()] * 501)))
    assert told.rejected[0].where == "inventory.disks"


def test_an_inventory_holds_as_many_packages_as_an_agent_may_name() -> None:
    told = read(entry(inventory=pb.Inventory(packages=[pb.Package()] * MAX_PACKAGES)))
    assert len(told.inventories[0].content["packages"]) == MAX_PACKAGES
    told = read(entry(inventory=pb.Inventory(packages=[pb.Package()] * (MAX_PACKAGES + 1))))
    assert told.rejected[0].where == "inventory.packages"


def test_a_payload_newer_than_this_server_is_passed_over_and_acknowledged() -> None:
    told = read(pb.Entry.FromString(pb.Entry(sequence=4).SerializeToString() + b"\xf2\x3f\x03abc"), applied=3)
    assert (told.sequence, told.gap, told.rejected[0].where) == (4, False, "entry.payload")


def test_what_is_applied_is_not_told_again_and_a_jump_is_a_gap() -> None:
    again = read(entry(3, health=report()), entry(4, health=report()), applied=4)
    assert (again.sequence, again.reports, again.gap) == (4, [], False)
    jump = read(entry(4, health=report()), entry(7, health=report()), applied=4)
    assert (jump.sequence, len(jump.reports), jump.gap) == (7, 1, True)


@pytest.mark.parametrize("sequences", [[0], [2, 1], [1, 1], [2**62 + 1], []])
def test_sequences_that_do_not_ascend_end_the_stream(sequences: list[int]) -> None:
    with pytest.raises(InvalidInput, match=r"batch\.entries"):
        read(*(entry(number) for number in sequences))


def test_entries_whose_clock_runs_ahead_keep_their_order() -> None:
    ahead = [pb.Entry(sequence=n, boottime_us=10**12, health=report()) for n in (1, 2, 3)]
    moments = [row.observed_us for row in read(*ahead).reports]
    assert moments == sorted(set(moments))
    assert moments[-1] == to_microseconds(NOW)


def test_more_entries_than_agreed_end_the_stream() -> None:
    with pytest.raises(InvalidInput, match="expected 1 to 2"):
        read(*(entry(n) for n in (1, 2, 3)), limit=2)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_is_refused_or_read_but_never_breaks_the_codec(raw: bytes) -> None:
    try:
        message = codec.device_message(raw)
        if message.HasField("batch"):
            told = codec.submission(message.batch, Spool("aa", 0), DEVICE, NOW, 500)
            assert told.sequence > 0
    except InvalidInput as error:
        assert error.where


def test_what_a_device_cannot_judge_is_bounded_and_said_once() -> None:
    doubts = [pb.Doubt(component="disk", part=f"disk:{n % 150}", reason="asleep\x1b[0m") for n in range(300)]
    told = read(entry(inventory=pb.Inventory(serial="x", cannot_tell=doubts)))
    watching = told.inventories[0].watching
    assert watching is not None
    assert len(watching.cannot_tell) == MAX_DOUBTS
    assert watching.cannot_tell[0] == {"component": "disk", "part": "disk:0", "reason": "asleep\ufffd[0m"}
    assert watching.maintenance is None
    assert "cannot_tell" not in told.inventories[0].content


@pytest.mark.parametrize(
    ("began_us", "seconds", "since", "lasts"),
    [
        (to_microseconds(NOW) - 60_000_000, 7_200, NOW - timedelta(minutes=1), timedelta(hours=2)),
        (2**62, 2**32 - 1, NOW, timedelta(hours=24)),
        (-(2**63), 60, EPOCH, timedelta(minutes=1)),
    ],
)
def test_a_devices_own_maintenance_window_is_reckoned_by_our_clock(
    began_us: int, seconds: int, since: datetime, lasts: timedelta
) -> None:
    window = pb.MaintenanceWindow(began_us=began_us, seconds=seconds, why="fan\x00", by="ayse" * 99)
    told = read(entry(inventory=pb.Inventory(maintenance=window))).inventories[0].watching
    assert told is not None
    assert told.maintenance is not None
    assert told.maintenance["since"] == since.isoformat()
    assert told.maintenance["until"] == (since + lasts).isoformat()
    assert (told.maintenance["why"], len(told.maintenance["by"])) == ("fan\ufffd", 128)
