"""Messages of every released version are read for ever, and newer ones do not break an older end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from logix_agent.link import codec as agent
from logix_agent.link import order_codec as agent_orders
from logix_common.errors import Refused
from logix_common.wire.v1 import link_pb2 as pb
from logix_server.fleet.facts import OrderOutcome
from logix_server.link import codec as server
from logix_server.link.submissions import Spool

MESSAGES = Path(__file__).parent / "messages"
VERSIONS = sorted(path.name for path in MESSAGES.iterdir())
NOW = datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
#: Field 1900, length-delimited: what a later version may add to any message.
NEWER_FIELD = b"\xe2\x76\x05later"


def captured(version: str, side: str, name: str) -> bytes:
    return (MESSAGES / version / side / f"{name}.bin").read_bytes()


def opened(raw: bytes):
    return server.stream_opened(
        server.device_message(raw).hello,
        device_id="0" * 32,
        certificate_serial="1",
        gateway_id="gateway-1",
        stream_id="2" * 32,
        received_at=NOW,
    )


def submission(raw: bytes, hello: bytes):
    message = server.device_message(raw)
    device = server.Device(7, server.hello_times(opened(hello)))
    return server.submission(message.batch, Spool("00" * 16, 0), device, NOW, 500)


@pytest.mark.parametrize("newer", [b"", NEWER_FIELD], ids=["as captured", "with a newer field"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_server_reads_every_captured_device_message(version: str, newer: bytes) -> None:
    hello = captured(version, "device", "hello") + newer
    told = opened(hello)
    assert (told.protocol, told.agent_version, told.trust_version) == (1, "0.1.0", 1)
    assert told.spool_id == bytes(range(16)).hex()
    assert told.last_acknowledged == 41

    batch = submission(captured(version, "device", "batch") + newer, hello)
    assert not batch.rejected
    assert batch.sequence == 47
    assert len(batch.reports) == 1
    assert pb.HealthReport.FromString(batch.reports[0].packed).value[0] == 12.5
    assert [type(event).__name__ for event in batch.events] == ["FindingTold"] * 3 + ["FullStateTold"]
    assert [event.event.value for event in batch.events[:3]] == ["raised", "changed", "cleared"]
    assert batch.events[0].part == "disk:LX0A1B2C3D"
    assert batch.events[0].evidence[0].value == "24"
    assert batch.inventories[0].patch_level == "2026-02-10"

    answer = server.device_message(captured(version, "device", "order-result") + newer).order_result
    assert server.order_result(answer) == (bytes(range(16)).hex(), OrderOutcome.DONE, "done")
    heartbeat = server.device_message(captured(version, "device", "heartbeat") + newer).heartbeat
    assert heartbeat.boottime_us == 86_400_000_000
    assert (
        server.device_message(captured(version, "device", "pong") + newer).pong.nonce == b"nonce-of-16-byte"
    )
    renewal = server.device_message(captured(version, "device", "renewal") + newer).renewal
    assert renewal.csr_der == b"a certificate request"
    assert server.device_message(captured(version, "device", "batch-from-memory")).batch.from_memory


@pytest.mark.parametrize("newer", [b"", NEWER_FIELD], ids=["as captured", "with a newer field"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_agent_reads_every_captured_server_message(version: str, newer: bytes) -> None:
    def read(name: str):
        return agent.server_message(captured(version, "server", name) + newer)

    welcome = read("welcome")
    assert isinstance(welcome, agent.WelcomeFacts)
    assert (welcome.protocol, welcome.acknowledged, welcome.want_full_state) == (1, 41, True)
    assert welcome.trust is not None
    assert welcome.trust.version == 2
    ack = read("ack")
    assert isinstance(ack, agent.AckFacts)
    assert (ack.sequence, ack.from_memory, ack.want_full_state) == (47, False, True)
    assert read("ping") == agent.PingFacts(b"nonce-of-16-byte")
    order = read("order")
    assert isinstance(order, agent_orders.OrderFacts)
    assert order.kind is agent_orders.OrderKind.REPORT_FULL_STATE
    assert isinstance(read("certificate"), agent.IssuedFacts)
    assert isinstance(read("heartbeat"), agent.HeartbeatReplyFacts)
    assert isinstance(read("trust-bundle"), agent.TrustFacts)


def test_a_message_of_a_newer_kind_is_passed_over_by_both() -> None:
    assert server.device_message(NEWER_FIELD).WhichOneof("body") is None
    assert isinstance(agent.server_message(NEWER_FIELD), agent.UnknownFacts)


def test_an_order_of_a_newer_kind_is_known_to_be_one() -> None:
    newer = pb.ServerMessage(order=pb.Order(order_id=bytes(16))).SerializeToString()
    order = agent.server_message(newer)
    assert isinstance(order, agent_orders.OrderFacts)
    assert order.kind is None


def test_unknown_fields_of_a_health_report_are_kept_in_the_store() -> None:
    hello = captured("v1", "device", "hello")
    report = pb.HealthReport(metric=[1], value=[2.0]).SerializeToString() + NEWER_FIELD
    batch = pb.Batch(entries=[pb.Entry(sequence=1, health=pb.HealthReport.FromString(report))])
    told = submission(pb.DeviceMessage(batch=batch).SerializeToString(), hello)
    assert NEWER_FIELD in told.reports[0].packed


def test_no_shared_protocol_version_is_refused_by_name() -> None:
    message = server.device_message(captured("v1", "device", "hello"))
    message.hello.protocol_min, message.hello.protocol_max = 8, 9
    with pytest.raises(Refused, match="protocol-unsupported"):
        opened(message.SerializeToString())


def test_a_newer_agent_that_still_speaks_ours_is_welcome() -> None:
    message = server.device_message(captured("v1", "device", "hello"))
    message.hello.protocol_max = 9
    assert opened(message.SerializeToString()).protocol == 1
