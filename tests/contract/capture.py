"""Write what this version's codecs put on the wire into messages/vN/, once, when the version is released.

Run: python -m tests.contract.capture vN  (refuses to overwrite: a captured message is never changed)
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from logix_agent.facts import DiskFact, FindingEvent, HealthSample, ServiceFact, ServiceStatus
from logix_agent.link import codec, order_codec, report_codec
from logix_agent.link.spool_facts import SpooledEntry
from logix_common.findings import Event, Evidence
from logix_common.observations import Metric, Point
from logix_common.wire.v1 import link_pb2 as pb

MESSAGES = Path(__file__).parent / "messages"
STAMP = report_codec.Stamp(1_772_442_000_000_000, 86_400_000_000, "0b5c9a4e-7a51-4f7e-9d52-1c1f3c0d9e11")


def finding(event: Event, severity: int) -> FindingEvent:
    return FindingEvent(
        event=event,
        finding_id=bytes(range(16)),
        component="disk",
        part="disk:LX0A1B2C3D",
        code="disk.pending-sectors",
        severity=severity,
        evidence=(Evidence("smartctl /dev/sdb", "Current_Pending_Sector", "24", "0", "197 Current_Pending"),),
        related_parts=("raid:md0",),
        slot="sdb",
        serial="LX0A1B2C3D",
        model="LOGIX SV4000",
    )


def device_messages() -> dict[str, bytes]:
    """What an agent sends, by name."""
    hello = codec.HelloFacts(
        protocol_min=1,
        protocol_max=1,
        agent_version="0.1.0",
        boot_id=STAMP.boot_id,
        spool_id=bytes(range(16)),
        memory_spool_id=bytes(range(16, 32)),
        last_acknowledged=41,
        last_written=57,
        capabilities=("renewal",),
        trust_version=1,
        device_time_us=STAMP.device_time_us,
        boottime_us=STAMP.boottime_us,
    )
    entries = [
        report_codec.health_entry(sample(), STAMP),
        report_codec.finding_entry(finding(Event.RAISED, 2), STAMP),
        report_codec.finding_entry(finding(Event.CHANGED, 1), STAMP),
        report_codec.finding_entry(finding(Event.CLEARED, 1), STAMP),
        report_codec.inventory_entry(inventory(), STAMP),
        report_codec.full_state_entry(inventory(), [finding(Event.RAISED, 2)], STAMP),
    ]
    spooled = [SpooledEntry(42 + number, entry.payload) for number, entry in enumerate(entries)]
    return {
        "hello": codec.hello(hello),
        "batch": codec.batch(spooled, from_memory=False),
        "batch-from-memory": codec.batch(spooled[:1], from_memory=True),
        "pong": codec.pong(b"nonce-of-16-byte"),
        "heartbeat": codec.heartbeat(STAMP.device_time_us, STAMP.boottime_us),
        "renewal": codec.renewal(b"a certificate request"),
        "order-result": order_codec.order_result(bytes(range(16)), order_codec.OrderOutcome.DONE, "done"),
    }


def sample() -> HealthSample:
    return HealthSample(
        [
            Point(Metric.CPU_PERCENT, "", 12.5),
            Point(Metric.MEMORY_AVAILABLE_BYTES, "", 3.2e9),
            Point(Metric.FILESYSTEM_USED_PERCENT, "/var", 31.0),
            Point(Metric.TEMPERATURE_CELSIUS, "coretemp/Package id 0", 47.0),
        ],
        [ServiceFact("logix-engine.service", ServiceStatus.ACTIVE)],
    )


def inventory():
    from logix_agent.facts import InventoryFacts, ModuleFact, PackageFact, PortFact

    return InventoryFacts(
        serial="LGX-0001",
        model="Logix LX-500",
        product_version="5.4.2",
        patch_level="2026-02-10",
        os="Debian GNU/Linux 12 (bookworm)",
        kernel="6.1.0-31-amd64",
        bios="LX 1.4",
        packages=(PackageFact("openssl", "3.0.15-1~deb12u1"),),
        modules=(ModuleFact("firewall", "5.4.2", True),),
        disks=(DiskFact("sda", "LX00", "LOGIX SV4000", 4_000_787_030_016, "LX12"),),
        ports=(PortFact("eth0", "52:54:00:12:34:56", 1_000, True),),
    )


def server_messages() -> dict[str, bytes]:
    """What a server sends, by name."""
    bundle = pb.TrustBundle(version=2, ca_pem=b"-----BEGIN CERTIFICATE-----\n")
    welcome = pb.Welcome(
        protocol=1,
        server_time_us=int(datetime(2026, 3, 2, 9, 0, tzinfo=UTC).timestamp()) * 1_000_000,
        heartbeat_seconds=60,
        acknowledged=41,
        want_full_state=True,
        trust_bundle=bundle,
        max_batch_bytes=786_432,
        max_batch_entries=500,
        renew_at_us=1_776_000_000_000_000,
    )
    messages = {
        "welcome": pb.ServerMessage(welcome=welcome),
        "ack": pb.ServerMessage(ack=pb.Ack(sequence=47, want_full_state=True)),
        "ping": pb.ServerMessage(ping=pb.Ping(nonce=b"nonce-of-16-byte")),
        "certificate": pb.ServerMessage(certificate=pb.CertificateIssued(chain_pem=b"-----BEGIN")),
        "order": pb.ServerMessage(
            order=pb.Order(order_id=bytes(range(16)), report_full_state=pb.ReportFullState())
        ),
        "heartbeat": pb.ServerMessage(heartbeat=pb.HeartbeatReply(server_time_us=1)),
        "trust-bundle": pb.ServerMessage(trust_bundle=bundle),
    }
    return {name: message.SerializeToString() for name, message in messages.items()}


def main(version: str) -> int:
    for side, messages in (("device", device_messages()), ("server", server_messages())):
        folder = MESSAGES / version / side
        folder.mkdir(parents=True)
        for name, data in messages.items():
            (folder / f"{name}.bin").write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
