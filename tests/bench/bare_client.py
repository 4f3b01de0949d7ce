"""The bare peer of the agent: one mTLS stream, keepalive, a psutil sample and a report each 30 s.

Run: python -m tests.bench.bare_client --target HOST:PORT --fleet DIR --number N
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import grpc
import psutil
from logix_common.wire.v1 import link_pb2, link_pb2_grpc


async def run(target: str, fleet: Path, number: int) -> None:
    credentials = grpc.ssl_channel_credentials(
        (fleet / "roots.pem").read_bytes(),
        (fleet / "devices" / f"{number}.key").read_bytes(),
        (fleet / "devices" / f"{number}.pem").read_bytes(),
    )
    options = [("grpc.keepalive_time_ms", 30_000), ("grpc.enable_retries", 0)]
    async with grpc.aio.secure_channel(target, credentials, options=options) as channel:
        call = link_pb2_grpc.LinkStub(channel).Connect()
        await call.write(link_pb2.DeviceMessage(hello=link_pb2.Hello(protocol_min=1, protocol_max=1)))
        await call.read()
        sequence = 0
        while True:
            sequence += 1
            entry = link_pb2.Entry(sequence=sequence)
            memory, network = psutil.virtual_memory(), psutil.net_io_counters()
            values = [psutil.cpu_percent(), *psutil.getloadavg(), memory.total, memory.available]
            values += [network.bytes_recv, network.bytes_sent, psutil.disk_usage("/").percent]
            entry.health.metric.extend(range(1, len(values) + 1))
            entry.health.value.extend(float(value) for value in values)
            await call.write(link_pb2.DeviceMessage(batch=link_pb2.Batch(entries=[entry])))
            await call.read()
            await asyncio.sleep(30)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--fleet", type=Path, required=True)
    parser.add_argument("--number", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(run(options.target, options.fleet, options.number))
