"""Let devices' streams in, a whole batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from logix_server.fleet.facts import Admission, StreamOpened


def admit(opened: Sequence[StreamOpened], now: datetime) -> list[Admission]:
    """Decide on each opened stream, in the caller's transaction; answers in the order of `opened`."""
    raise NotImplementedError
