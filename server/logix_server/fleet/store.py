"""What streams write by the hundred: spool positions, presences, when they were last heard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from logix_common.clock import to_microseconds

from logix_server import bulk
from logix_server.bulk import Statement
from logix_server.fleet.facts import Position, Seen, StreamOpened


def _write(statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
    with transaction.atomic(savepoint=False):
        bulk.write(statement, rows)


_POSITION = Statement(
    (("unit_id", "bigint"), ("spool_id", "text"), ("sequence", "bigint"), ("updated_at", "timestamptz")),
    "INSERT INTO fleet_spoolposition (unit_id, spool_id, sequence, updated_at)"
    " SELECT * FROM {rows} WHERE column1 NOTNULL"
    " ON CONFLICT (unit_id, spool_id) DO UPDATE SET"
    " sequence = max(sequence, excluded.sequence), updated_at = excluded.updated_at",
    "INSERT INTO fleet_spoolposition AS p (unit_id, spool_id, sequence, updated_at)"
    " SELECT unit_id, spool_id, sequence, updated_at FROM {rows}"
    " ON CONFLICT (unit_id, spool_id) DO UPDATE SET"
    " sequence = greatest(p.sequence, excluded.sequence), updated_at = excluded.updated_at",
)


def advance(positions: Sequence[Position], now: datetime) -> None:
    """Upsert positions, never downwards."""
    newest: dict[tuple[int, str], int] = {}
    for position in positions:
        key = (position.unit_id, position.spool_id)
        newest[key] = max(position.sequence, newest.get(key, 0))
    at = bulk.moment(now)
    _write(_POSITION, [(unit, spool, sequence, at) for (unit, spool), sequence in sorted(newest.items())])


_PRESENCE_UPDATE = (
    " ON CONFLICT (unit_id) DO UPDATE SET gateway_id = excluded.gateway_id, stream_id = excluded.stream_id,"
    " certificate_serial = excluded.certificate_serial, boot_id = excluded.boot_id,"
    " agent_version = excluded.agent_version, capabilities = excluded.capabilities,"
    " protocol = excluded.protocol, trust_version = excluded.trust_version,"
    " connected_at = excluded.connected_at, last_seen_at = excluded.last_seen_at,"
    " skew_us = excluded.skew_us, disconnected_at = NULL, silent_since = NULL, silence_reported_at = NULL"
)
_PRESENCE_COLUMNS = (
    ("unit_id", "bigint"),
    ("gateway_id", "text"),
    ("stream_id", "text"),
    ("certificate_serial", "text"),
    ("boot_id", "text"),
    ("agent_version", "text"),
    ("capabilities", "text"),
    ("protocol", "smallint"),
    ("trust_version", "integer"),
    ("connected_at", "timestamptz"),
    ("last_seen_at", "timestamptz"),
    ("skew_us", "bigint"),
)
_PRESENCE = Statement(
    _PRESENCE_COLUMNS,
    "INSERT INTO fleet_presence (unit_id, gateway_id, stream_id, certificate_serial, boot_id,"
    " agent_version, capabilities, protocol, trust_version, connected_at, last_seen_at, skew_us)"
    " SELECT * FROM {rows} WHERE column1 NOTNULL",
    "INSERT INTO fleet_presence (unit_id, gateway_id, stream_id, certificate_serial, boot_id,"
    " agent_version, capabilities, protocol, trust_version, connected_at, last_seen_at, skew_us)"
    " SELECT unit_id, gateway_id, stream_id, certificate_serial, boot_id, agent_version,"
    " capabilities::jsonb, protocol, trust_version, connected_at, last_seen_at, skew_us"
    " FROM {rows}",
    _PRESENCE_UPDATE,
)


def take_presence(streams: Sequence[tuple[int, StreamOpened]]) -> None:
    """The given streams stand for their units from now on; of two for one unit the later in the list."""
    latest = dict(streams)
    _write(_PRESENCE, [_presence_row(unit_id, latest[unit_id]) for unit_id in sorted(latest)])


def _presence_row(unit_id: int, stream: StreamOpened) -> tuple[Any, ...]:
    received_at = bulk.moment(stream.received_at)
    return (
        unit_id,
        stream.gateway_id[:64],
        stream.stream_id,
        stream.certificate_serial,
        stream.boot_id[:64],
        stream.agent_version[:64],
        json.dumps(list(stream.capabilities)),
        stream.protocol,
        stream.trust_version,
        received_at,
        received_at,
        stream.device_us - to_microseconds(stream.received_at),
    )


_SEEN = Statement(
    (("at", "timestamptz"), ("skew_us", "bigint"), ("unit_id", "bigint"), ("stream_id", "text")),
    "UPDATE fleet_presence AS p SET last_seen_at = v.column1, skew_us = v.column2, silent_since = NULL,"
    " silence_reported_at = NULL FROM {rows} AS v"
    " WHERE p.unit_id = v.column3 AND p.stream_id = v.column4",
    "UPDATE fleet_presence AS p SET last_seen_at = v.at, skew_us = v.skew_us, silent_since = NULL,"
    " silence_reported_at = NULL FROM {rows} WHERE p.unit_id = v.unit_id AND p.stream_id = v.stream_id",
)


def mark_seen(heard: Sequence[Seen]) -> None:
    """Write when streams were last heard, only where they still stand for their unit."""
    latest: dict[tuple[int, str], Seen] = {}
    for seen in heard:
        key = (seen.unit_id, seen.stream_id)
        if key not in latest or latest[key].at <= seen.at:
            latest[key] = seen
    moments = {at: bulk.moment(at) for at in {seen.at for seen in latest.values()}}
    _write(_SEEN, [(moments[s.at], s.skew_us, s.unit_id, s.stream_id) for _, s in sorted(latest.items())])
