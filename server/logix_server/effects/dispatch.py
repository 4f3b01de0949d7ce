"""Run what the outbox holds. The only place, beside `main`, that sees every slice."""

from __future__ import annotations

from datetime import datetime


def run_pending(now: datetime, limit: int = 50) -> int:
    """Run up to `limit` effects that are due, oldest first; returns how many were taken up.

    Each runs in one transaction together with its being marked done, so that what it writes to the
    database happens exactly once. One that fails is tried again later; call again while the answer
    equals `limit`.
    """
    raise NotImplementedError


def waiting(now: datetime) -> int:
    """How many effects are due and not done, parked ones left out."""
    raise NotImplementedError


def parked() -> int:
    """How many effects failed so often that they wait for an operator."""
    raise NotImplementedError
