"""Which stream stands for a unit, when it was heard, and the gateways' own uptime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from logix_server.fleet.facts import Seen


def seen(heard: Sequence[Seen], now: datetime) -> None:
    """Flush when streams were last heard; streams that no longer stand for their unit are passed over."""
    raise NotImplementedError


def closed(stream_ids: Sequence[str], now: datetime) -> None:
    """These streams have ended; one that was replaced meanwhile changes nothing."""
    raise NotImplementedError


def start_run(run_id: str, gateway_id: str, now: datetime) -> None:
    """A gateway process starts, before it takes streams: those of its former life are closed."""
    raise NotImplementedError


def beat(run_id: str, gateway_id: str, now: datetime) -> None:
    """The gateway lives: its uptime reaches to `now`. Starts the run where `start_run` was not called."""
    raise NotImplementedError


def stop_run(run_id: str, now: datetime) -> None:
    """A gateway process ends in order: its streams are closed."""
    raise NotImplementedError


def declare_conflict(
    unit_id: int, detail: Mapping[str, Any], now: datetime, *, old_stream_id: str = ""
) -> bool:
    """Two live streams of one identity: the unit is closed to both until an operator decides.

    With `old_stream_id` (the older stream, which answered its ping) nothing happens unless another
    stream still stands for the unit. True when the unit is in conflict afterwards.
    """
    raise NotImplementedError
