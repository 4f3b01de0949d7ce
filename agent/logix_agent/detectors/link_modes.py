"""What the two ends of a link offer each other, remembered from a rare question (ethtool) for the frequent
readings of sysfs. Pure.

It holds only while the port runs at the speed at which it was told: a link that was made anew may be to
another port. What the port alone could run is not kept: an old switch at the other end is no fault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from logix_agent.probes.port_readings import NetReading, Port
from logix_agent.probes.readings import CannotTell


def noted(reading: NetReading | CannotTell, notes: Mapping[str, str]) -> Mapping[str, str]:
    """What to keep of each port with a link: its speed, what both could run, whether they negotiate."""
    if isinstance(reading, CannotTell):
        return notes
    return {
        port.name: json.dumps([port.speed, port.common, port.negotiates])
        for port in reading.ports
        if port.speed
    }


def completed(port: Port, note: str) -> Port:
    """The port with what is known of its link; as it is where the note is of another speed, or is none."""
    try:
        speed, common, negotiates = json.loads(note)
    except (ValueError, TypeError, RecursionError):
        return port
    numbers = type(speed) is int and (common is None or type(common) is int)
    if not numbers or speed != port.speed or negotiates not in (True, False, None):
        return port
    return replace(
        port,
        common=common if port.common is None else port.common,
        negotiates=negotiates if port.negotiates is None else port.negotiates,
    )
