"""Judge who is silent, and tell one incident from many silent units."""

from __future__ import annotations

from datetime import datetime


def judge_silence(now: datetime) -> int:
    """Periodic job: mark silent units, put "unit.silent" effects, open and close incidents.

    Returns how many units were newly judged silent.
    """
    raise NotImplementedError


def close_incident(incident_id: int, by: str, now: datetime) -> None:
    """An operator ends an incident; units still silent go on their own. Raises `InvalidInput`."""
    raise NotImplementedError
