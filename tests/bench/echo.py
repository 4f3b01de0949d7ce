"""The bare peer: a grpc.aio mTLS server that answers every message with an acknowledgement and keeps nothing.

Run: python -m tests.bench.echo --pki DIR  (prints {"port": …} when it listens)
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import grpc
from logix_common.wire.v1 import link_pb2, link_pb2_grpc


class Echo(link_pb2_grpc.LinkServicer):
    """Reads, parses, acknowledges."""

    async def Connect(self, request_iterator, context):
        while (message := await context.read()) is not grpc.aio.EOF:
            kind = message.WhichOneof("body")
            if kind == "hello":
                await context.write(link_pb2.ServerMessage(welcome=link_pb2.Welcome(protocol=1)))
            elif kind == "batch":
                sequence = message.batch.entries[-1].sequence
                await context.write(link_pb2.ServerMessage(ack=link_pb2.Ack(sequence=sequence)))


async def serve(pki: Path) -> None:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    link_pb2_grpc.add_LinkServicer_to_server(Echo(), server)
    credentials = grpc.ssl_server_credentials(
        [((pki / "server.key").read_bytes(), (pki / "server.pem").read_bytes())],
        root_certificates=(pki / "roots.pem").read_bytes(),
        require_client_auth=True,
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    print(json.dumps({"port": port}), flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pki", type=Path, required=True)
    asyncio.run(serve(parser.parse_args().pki))
