"""Read the fleet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from logix_server.fleet.facts import GatewayWork, LiveStream


def for_gateway(gateway_id: str, live: Sequence[LiveStream], now: datetime) -> GatewayWork:
    """What this gateway must act on: orders to hand out, streams to end, streams that were replaced."""
    raise NotImplementedError
