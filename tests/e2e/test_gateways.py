"""Two gateways, one web and one jobs process on one PostgreSQL: a device moves, an order finds it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.world import Place
from tests.ports import free_port

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]


class Switch:
    """A TCP forwarder whose target can be changed: what moves a device from one gateway to another."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._pairs: list[socket.socket] = []
        self._lock = threading.Lock()  # no connection is made to a target that has just been left
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def move(self, target: int) -> None:
        """Send new connections to `target` and cut the present ones."""
        with self._lock:
            self.target = target
            for each in self._pairs:
                _cut(each)
            self._pairs.clear()

    def close(self) -> None:
        self.move(0)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                inside, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                try:
                    outside = socket.create_connection(("127.0.0.1", self.target))
                except OSError:  # nobody listens there yet
                    inside.close()
                    continue
                self._pairs += [inside, outside]
            for source, sink in ((inside, outside), (outside, inside)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        _cut(sink)


def _cut(each: socket.socket) -> None:
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


@contextmanager
def second_gateway(place: Place) -> Iterator[int]:
    """Start "gateway-2" beside "gateway-1" with ports of its own; yields its device port."""
    folder = place.folder / "server"
    ports = {"gateway_port": free_port(), "enrolment_port": free_port(), "metrics_port": free_port()}
    kept = [
        line
        for line in (folder / "server.toml").read_text().splitlines()
        if line.split(" = ")[0] not in {*ports, "gateway_id"}
    ]
    kept += [f"{key} = {value}" for key, value in ports.items()] + ['gateway_id = "gateway-2"']
    (folder / "second.toml").write_text("\n".join(kept) + "\n")
    place.start_role("gateway", name="gateway-2", LOGIX_CONFIG=str(folder / "second.toml"))
    yield ports["gateway_port"]


def test_a_device_moves_and_an_order_reaches_it(postgres_place: Place) -> None:
    place = postgres_place
    for role in ("gateway", "web", "jobs"):
        place.start_role(role)
    appliance = place.appliance("LGX-1")
    switch = Switch(place.ports.gateway)
    try:
        with second_gateway(place) as other, appliance.config.open("a") as config:
            config.write(f'server = "localhost"\ngateway_port = {switch.port}\n')
            config.close()
            appliance.start()
            held_by = (
                "SELECT count(*) FROM fleet_presence WHERE disconnected_at IS NULL AND gateway_id = '{}'"
            )
            place.until("gateway 1 holds it", lambda: place.count(held_by.format("gateway-1")) == 1)
            switch.move(other)
            place.until("gateway 2 holds it", lambda: place.count(held_by.format("gateway-2")) == 1)
            place.server("device", "refresh", "LGX-1")
            done = "SELECT count(*) FROM fleet_order WHERE state = 'done'"
            place.until("the order is answered", lambda: place.count(done) == 1)

            appliance.machine.fail_disk("sdb")
            place.until("one ticket", lambda: place.count("SELECT count(*) FROM tickets_ticket") == 1)
            switch.move(place.ports.gateway)
            place.until("back on gateway 1", lambda: place.count(held_by.format("gateway-1")) == 1)
            place.server("device", "revoke", "LGX-1", "--reason", "test")
            place.until("closed", lambda: not place.connected("LGX-1"))
            assert place.count("SELECT count(*) FROM fleet_unit WHERE state = 'conflict'") == 0
            assert place.count("SELECT count(*) FROM tickets_ticket") == 1
    finally:
        switch.close()
