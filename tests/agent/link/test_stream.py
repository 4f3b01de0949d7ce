"""The link against a real gRPC server over real TLS."""

from __future__ import annotations

import secrets

import grpc
from logix_agent.link.spool_facts import Kind, NewEntry
from logix_common import reasons
from logix_common.wire.v1 import link_pb2

from tests.agent.link.conftest import Rig, finding, health
from tests.fakes.gateway import DEVICE_ID, FakeGateway, order
from tests.until import until


async def test_a_report_reaches_the_server_and_leaves_the_spool(rig: Rig, gateway: FakeGateway) -> None:
    await rig.reports.put([health(1.5), finding()])
    link = rig.link()
    rig.run(link)
    await until(lambda: len(gateway.entries) == 2)
    await until(lambda: rig.reports.bytes == 0)
    (connection,) = gateway.connections
    assert connection.device_id == DEVICE_ID
    assert connection.hello.spool_id == rig.reports.stand().spool_id
    assert gateway.told("health")[0].health.value == [1.5]
    assert gateway.told("finding")[0].finding.part == "disk:A"
    assert link.status.connected
    await until(lambda: link.status.last_acknowledged_us > 0)


async def test_a_finding_goes_out_while_the_stream_idles(rig: Rig, gateway: FakeGateway) -> None:
    rig.run(rig.link())
    await until(lambda: gateway.live)
    await rig.reports.put([finding(part="disk:B")])
    await until(lambda: gateway.told("finding"))
    assert gateway.told("finding")[0].finding.part == "disk:B"


async def test_a_backlog_drains_in_batches_within_the_servers_bounds(rig: Rig, gateway: FakeGateway) -> None:
    gateway.welcome["max_batch_entries"] = 7
    await rig.reports.put([finding(secrets.token_bytes(16)) for _ in range(50)])
    rig.run(rig.link())
    await until(lambda: len(gateway.entries) == 50)
    batches = gateway.connections[0].bodies("batch")
    assert max(len(batch.entries) for batch in batches) == 7
    assert gateway.repeated == 0


async def test_what_was_not_acknowledged_is_sent_again_and_applied_once(
    rig: Rig, gateway: FakeGateway
) -> None:
    gateway.acknowledge = False
    await rig.reports.put([finding()])
    rig.run(rig.link())
    await until(lambda: gateway.entries)
    gateway.acknowledge = True
    gateway.positions.clear()  # as if the server had not committed it
    gateway.entries.clear()
    port = gateway.ports[0]
    await gateway.stop()
    await gateway.start(port)
    await until(lambda: gateway.entries)
    await until(lambda: rig.reports.bytes == 0)
    assert len(gateway.told("finding")) == 1


async def test_a_lost_acknowledgement_is_made_up_by_the_welcome(rig: Rig, gateway: FakeGateway) -> None:
    gateway.acknowledge = False
    await rig.reports.put([finding()])
    rig.run(rig.link())
    await until(lambda: gateway.entries)
    port = gateway.ports[0]
    await gateway.stop()
    await gateway.start(port)
    await until(lambda: rig.reports.bytes == 0)
    assert gateway.repeated == 0


async def test_the_agent_reconnects_after_losing_the_server(rig: Rig, gateway: FakeGateway) -> None:
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    port = gateway.ports[0]
    await gateway.stop()
    await until(lambda: not link.status.connected)
    await rig.reports.put([finding()])
    await gateway.start(port)
    await until(lambda: gateway.told("finding"))
    assert link.status.connected


async def test_a_ping_is_answered_with_its_nonce(rig: Rig, gateway: FakeGateway) -> None:
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    connection.say(link_pb2.ServerMessage(ping=link_pb2.Ping(nonce=b"abc")))
    await until(lambda: connection.bodies("pong"))
    assert connection.bodies("pong")[0].nonce == b"abc"


async def test_an_idle_stream_beats(rig: Rig, gateway: FakeGateway) -> None:
    gateway.welcome["heartbeat_seconds"] = 1
    link = rig.link()
    rig.run(link)
    (connection,) = await until(lambda: gateway.live)
    await until(lambda: connection.bodies("heartbeat"))
    assert connection.bodies("heartbeat")[0].boottime_us > 0


async def test_an_order_is_done_once_however_often_it_arrives(rig: Rig, gateway: FakeGateway) -> None:
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    message = order("report_full_state")
    connection.say(message)
    await until(lambda: len(connection.bodies("order_result")) == 1)
    connection.say(message)
    await until(lambda: len(connection.bodies("order_result")) == 2)
    assert rig.done == ["full state"]
    assert {result.outcome for result in connection.bodies("order_result")} == {link_pb2.ORDER_OUTCOME_DONE}


async def test_an_order_of_a_newer_server_is_unsupported(rig: Rig, gateway: FakeGateway) -> None:
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    connection.say(order(""))
    await until(lambda: connection.bodies("order_result"))
    assert connection.bodies("order_result")[0].outcome == link_pb2.ORDER_OUTCOME_UNSUPPORTED


async def test_unknown_messages_are_ignored(rig: Rig, gateway: FakeGateway) -> None:
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    connection.out.put_nowait(b"\xfa\x3f\x02hi")  # field 1023, as a newer server may send it
    await rig.reports.put([finding()])
    await until(lambda: gateway.told("finding"))
    assert len(gateway.connections) == 1


async def test_garbage_ends_the_stream_and_the_agent_comes_back(rig: Rig, gateway: FakeGateway) -> None:
    link = rig.link()
    rig.run(link)
    (connection,) = await until(lambda: gateway.live)
    connection.out.put_nowait(b"\xff\xff\xff\xff garbage")
    await until(lambda: len(gateway.connections) == 2)
    await until(lambda: link.status.connected)
    await until(lambda: connection.closed)


async def test_an_acknowledgement_of_what_was_never_sent_deletes_nothing(
    rig: Rig, gateway: FakeGateway
) -> None:
    gateway.acknowledge = False
    rig.run(rig.link())
    (connection,) = await until(lambda: gateway.live)
    connection.say(link_pb2.ServerMessage(ack=link_pb2.Ack(sequence=1)))
    await until(lambda: len(gateway.connections) == 2)
    await rig.reports.put([finding()])
    await until(lambda: gateway.told("finding"))
    assert rig.reports.bytes > 0


async def test_a_spool_older_than_the_server_gets_a_new_id(rig: Rig, gateway: FakeGateway) -> None:
    await rig.reports.put([finding()])
    old = rig.reports.stand().spool_id
    gateway.positions[old] = 99
    rig.run(rig.link())
    await until(lambda: gateway.told("finding"))
    assert gateway.connections[-1].hello.spool_id != old
    assert rig.reports.stand().spool_id == gateway.connections[-1].hello.spool_id


async def test_the_server_may_ask_for_the_full_state(rig: Rig, gateway: FakeGateway) -> None:
    gateway.welcome["want_full_state"] = True
    rig.run(rig.link())
    await until(lambda: rig.full_states == 1)
    (connection,) = gateway.live
    await rig.reports.put([finding()])
    await until(lambda: gateway.entries)
    connection.say(link_pb2.ServerMessage(ack=link_pb2.Ack(sequence=1, want_full_state=True)))
    await until(lambda: rig.full_states == 2)
    assert len(gateway.connections) == 1


async def test_a_refusal_for_good_is_retried_rarely(rig: Rig, gateway: FakeGateway) -> None:
    gateway.refuse = lambda _connection: (reasons.DEVICE_DECOMMISSIONED, "")
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.reason == reasons.DEVICE_DECOMMISSIONED)
    await until(lambda: link.status.next_try_us)
    assert not link.status.connected
    gateway.refuse = lambda _connection: None
    await until(lambda: link.status.connected)
    assert link.status.reason == ""


async def test_memory_goes_first_and_under_its_own_spool_id(rig: Rig, gateway: FakeGateway) -> None:
    await rig.reports.put([health()])
    rig.reports._rest_until = rig.clock.monotonic() + 600  # as after a failed write
    await rig.reports.put([finding(part="disk:M")])
    rig.run(rig.link())
    await until(lambda: len(gateway.entries) == 2)
    batches = gateway.connections[0].bodies("batch")
    assert [batch.from_memory for batch in batches] == [True, False]
    memory_id = gateway.connections[0].hello.memory_spool_id
    assert gateway.entries[(memory_id, 1)].finding.part == "disk:M"
    await until(lambda: rig.reports.in_memory == 0)


async def test_another_ca_is_not_trusted(rig: Rig, gateway: FakeGateway) -> None:
    stranger = FakeGateway()
    port = gateway.ports[0]
    await gateway.stop()
    await stranger.start(port)
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.tries >= 2)
    assert stranger.connections == []
    await stranger.stop()


async def test_a_newer_trust_bundle_is_kept(rig: Rig, gateway: FakeGateway) -> None:
    from tests.fakes.authority import Authority

    gateway.trust_version, gateway.trust_pem = 2, gateway.authority.root_pem + Authority().root_pem
    link = rig.link()
    rig.run(link)
    await until(lambda: rig.store.trust().version == 2)
    assert rig.store.trust().ca_pem == gateway.trust_pem.decode()
    await until(lambda: link.status.trust_version == 2)


async def test_a_trust_bundle_that_shares_nothing_is_refused(rig: Rig, gateway: FakeGateway) -> None:
    from tests.fakes.authority import Authority

    link = rig.link()
    rig.run(link)
    (connection,) = await until(lambda: gateway.live)
    bundle = link_pb2.TrustBundle(version=5, ca_pem=Authority().root_pem)
    connection.say(link_pb2.ServerMessage(trust_bundle=bundle))
    connection.say(order("report_full_state"))
    await until(lambda: connection.bodies("order_result"))
    await until(lambda: not link._errands)  # the bundle has been judged
    assert rig.store.trust().version == 1


def health_of(values: int) -> NewEntry:
    report = link_pb2.HealthReport(metric=[1] * values, value=[0.1] * values)
    return NewEntry(Kind.HEALTH, link_pb2.Entry(boottime_us=1, health=report).SerializeToString())


async def test_an_entry_too_large_for_the_server_holds_up_nothing(rig: Rig, gateway: FakeGateway) -> None:
    gateway.welcome["max_batch_bytes"] = 2_000
    await rig.reports.put([health_of(900), finding()])
    rig.run(rig.link())
    await until(lambda: gateway.told("finding"))
    await until(lambda: rig.reports.bytes == 0)
    assert not gateway.told("health")


async def test_an_older_trust_bundle_never_follows_a_newer_one(rig: Rig, gateway: FakeGateway) -> None:
    from tests.fakes.authority import Authority

    link = rig.link()
    rig.run(link)
    (connection,) = await until(lambda: gateway.live)
    for version in (4, 3, 2):
        pem = gateway.authority.root_pem + Authority().root_pem
        bundle = link_pb2.TrustBundle(version=version, ca_pem=pem)
        connection.say(link_pb2.ServerMessage(trust_bundle=bundle))
    connection.say(order("report_full_state"))
    await until(lambda: rig.store.trust().version == 4)
    await until(lambda: not link._errands)
    assert rig.store.trust().version == 4


async def test_a_server_that_cancels_the_call_does_not_end_the_link(rig: Rig, gateway: FakeGateway) -> None:
    """gRPC tells a CANCELLED status, of a server or of a proxy between, as `asyncio.CancelledError`."""
    link = rig.link()
    task = rig.run(link)
    (connection,) = await until(lambda: gateway.live)
    connection.end_with = grpc.StatusCode.CANCELLED
    await rig.reports.put([finding(part="disk:A")])
    await until(lambda: len(gateway.connections) >= 2 or task.done())
    assert not task.done()
    await rig.reports.put([finding(part="disk:B")])
    await until(lambda: [each for each in gateway.told("finding") if each.finding.part == "disk:B"])


async def test_a_call_cancelled_before_the_welcome_is_tried_again(rig: Rig, gateway: FakeGateway) -> None:
    gateway.refuse_with = grpc.StatusCode.CANCELLED
    gateway.refuse = lambda connection: None if len(gateway.connections) > 2 else (reasons.RATE_LIMITED, "")
    link = rig.link()
    task = rig.run(link)
    await until(lambda: link.status.connected or task.done())
    assert not task.done()
