"""Loopback ports for servers of the tests' own that nobody else will have taken by the time they listen."""

from __future__ import annotations

import random
import socket
from pathlib import Path

#: Held as long as this process lives: see `free_ports`.
_held: list[socket.socket] = []


def free_port() -> int:
    """One port; see `free_ports`."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of `count` ports in a row, given to nobody else while this process lives.

    They lie below the range from which the kernel serves outgoing connections and "any port" (ip(7),
    ip_local_port_range), so none of those ends up there between this call and the listening. Test runs
    on one machine keep apart by names in the abstract socket namespace (unix(7)), which end with them.
    """
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    highest = ephemeral if ephemeral > 12_000 else 32_768
    while True:
        first = random.SystemRandom().randrange(10_000, highest - count)
        names: list[socket.socket] = []
        try:
            for port in range(first, first + count):
                names.append(socket.socket(socket.AF_UNIX))
                names[-1].bind(f"\0logix-test-port-{port}")
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            for name in names:
                name.close()
            continue
        _held.extend(names)
        return first
