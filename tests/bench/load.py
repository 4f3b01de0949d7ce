"""A fleet in one process: N streams, each on a connection of its own with its own certificate.

Run: python -m tests.bench.load --target HOST:PORT --fleet DIR --streams 200 --seconds 10
`--fleet` holds roots.pem and devices/N.key, devices/N.pem (see `tests.bench.fleet`). Prints one JSON line.
With `--hold` it connects, prints, and keeps the streams open until standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from logix_common.clock import SystemClock, to_microseconds
from logix_common.wire.v1 import link_pb2, link_pb2_grpc

BOOT_ID = "00000000-0000-4000-8000-000000000001"


@dataclass
class Tally:
    """What the streams counted while `counting`."""

    counting: bool = False
    stopped: bool = False
    messages: int = 0
    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def hello(clock: SystemClock, spool_id: bytes) -> link_pb2.DeviceMessage:
    return link_pb2.DeviceMessage(
        hello=link_pb2.Hello(
            protocol_min=1,
            protocol_max=1,
            agent_version="0.1.0",
            boot_id=BOOT_ID,
            spool_id=spool_id,
            memory_spool_id=secrets.token_bytes(16),
            trust_version=1,
            device_time_us=to_microseconds(clock.now()),
            boottime_us=int(clock.monotonic() * 1e6),
        )
    )


def report(sequence: int, points: int, clock: SystemClock) -> link_pb2.DeviceMessage:
    entry = link_pb2.Entry(
        sequence=sequence,
        device_time_us=to_microseconds(clock.now()),
        boottime_us=int(clock.monotonic() * 1e6),
    )
    entry.health.metric.extend(range(1, points + 1))
    entry.health.value.extend([1.5 * n + sequence for n in range(points)])
    return link_pb2.DeviceMessage(batch=link_pb2.Batch(entries=[entry]))


class Device:
    """One stream."""

    def __init__(self, target: str, fleet: Path, number: int) -> None:
        credentials = grpc.ssl_channel_credentials(
            (fleet / "roots.pem").read_bytes(),
            (fleet / "devices" / f"{number}.key").read_bytes(),
            (fleet / "devices" / f"{number}.pem").read_bytes(),
        )
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        self._channel = grpc.aio.secure_channel(target, credentials, options=options)
        self._clock = SystemClock()

    async def connect(self) -> float:
        """Seconds from nothing to Welcome."""
        begun = time.perf_counter()
        self._call = link_pb2_grpc.LinkStub(self._channel).Connect()
        await self._call.write(hello(self._clock, secrets.token_bytes(16)))
        answer = await self._call.read()
        if answer is grpc.aio.EOF or answer.WhichOneof("body") != "welcome":
            raise RuntimeError(f"no welcome: {await self._call.code()} {await self._call.details()}")
        return time.perf_counter() - begun

    async def stream(self, tally: Tally, points: int) -> None:
        """Send a report, await its acknowledgement, and again, until `tally.stopped`."""
        sequence = 0
        while not tally.stopped:
            sequence += 1
            begun = time.perf_counter()
            await self._call.write(report(sequence, points, self._clock))
            while True:
                answer = await self._call.read()
                if answer is grpc.aio.EOF:
                    tally.failures.append(f"{await self._call.code()} {await self._call.details()}")
                    return
                if answer.WhichOneof("body") == "ack":
                    break
            if tally.counting:
                tally.messages += 1
                tally.latencies.append(time.perf_counter() - begun)

    async def write(self, message: link_pb2.DeviceMessage) -> None:
        await self._call.write(message)

    async def close(self) -> None:
        await self._channel.close()


async def connect_all(devices: list[Device], at_once: int) -> tuple[float, list[str]]:
    """Connect with at most `at_once` handshakes under way; returns seconds and why some failed."""
    gate = asyncio.Semaphore(at_once)
    failed: list[str] = []

    async def one(device: Device) -> None:
        deadline = time.perf_counter() + 400
        async with gate:
            while True:
                try:
                    await asyncio.wait_for(device.connect(), 200)
                    return
                except (RuntimeError, TimeoutError, grpc.aio.AioRpcError) as error:
                    # As every device does: try again, at a moment of its own.
                    if time.perf_counter() > deadline:
                        failed.append(repr(error)[:300])
                        return
                    await asyncio.sleep(random.uniform(0.5, 3))

    begun = time.perf_counter()
    await asyncio.gather(*(one(device) for device in devices))
    return time.perf_counter() - begun, failed


async def run(arguments: argparse.Namespace) -> dict[str, object]:
    devices = [Device(arguments.target, arguments.fleet, n) for n in range(arguments.streams)]
    seconds, failed = await connect_all(devices, arguments.at_once)
    result: dict[str, object] = {
        "connect_seconds": seconds,
        "connect_failed": len(failed),
        "why": failed[:3],
        "streams": len(devices),
    }
    if arguments.hold:
        print(json.dumps(result), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        return {}
    tally = Tally()
    tasks = [asyncio.create_task(device.stream(tally, arguments.points)) for device in devices]
    await asyncio.sleep(arguments.warmup)
    tally.counting = True
    begun = time.perf_counter()
    await asyncio.sleep(arguments.seconds)
    tally.counting = False
    elapsed = time.perf_counter() - begun
    tally.stopped = True
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(device.close() for device in devices))
    ordered = sorted(tally.latencies) or [0.0]
    return result | {
        "messages_per_second": tally.messages / elapsed,
        "p50_ms": statistics.median(ordered) * 1e3,
        "p99_ms": ordered[int(len(ordered) * 0.99) - 1] * 1e3,
        "client_cpu_seconds": time.process_time(),
        "failures": tally.failures[:5],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--fleet", type=Path, required=True)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--warmup", type=float, default=2)
    parser.add_argument("--points", type=int, default=21)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--hold", action="store_true")
    result = asyncio.run(run(parser.parse_args()))
    if result:
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
