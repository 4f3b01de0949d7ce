"""What a round of the writer does to the database: the slices' actions, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import Error, InterfaceError, OperationalError, connection, transaction
from logix_common.errors import InvalidInput

from logix_server.audit import actions as audit
from logix_server.fleet import actions as fleet
from logix_server.fleet import queries
from logix_server.fleet.facts import Position
from logix_server.health import actions as health
from logix_server.health import inbox
from logix_server.health.facts import FindingTold, FullStateTold
from logix_server.link.rounds import Item, Kind, StoreDown
from logix_server.link.submissions import Rejected, Submission

#: So many rejected entries of one submission are written down one by one; the rest are counted.
_RECORDED_REJECTS: Final = 5

EffectsRunner = Callable[[datetime, int], int]


class DatabaseStore:
    """`logix_server.link.ingest.Store` on Django's connection of the calling thread."""

    def __init__(self, run_pending: EffectsRunner) -> None:
        self._run_pending = run_pending
        self._effects_due = False

    def commit(self, items: Sequence[Item], now: datetime, *, again: bool) -> list[Any]:
        try:
            with transaction.atomic():
                return self._apply(items, now, again=again)
        except (OperationalError, InterfaceError) as error:
            raise StoreDown(str(error)) from error

    def commit_singly(self, item: Item, now: datetime) -> Any:
        submission: Submission = item.work
        try:
            with transaction.atomic():
                _store_piecewise(submission)
                self._finish([submission], now)
        except (OperationalError, InterfaceError) as error:
            raise StoreDown(str(error)) from error
        return None

    def read(self, item: Item, now: datetime) -> Any:
        return item.work(now)

    def effects_due(self) -> bool:
        due, self._effects_due = self._effects_due, False
        return due

    def run_effects(self, now: datetime, limit: int) -> int:
        return self._run_pending(now, limit)

    def close(self) -> None:
        connection.close()

    def _apply(self, items: Sequence[Item], now: datetime, *, again: bool) -> list[Any]:
        results: list[Any] = [None] * len(items)
        submissions = [item.work for item in items if item.kind is Kind.SUBMISSION]
        if again:
            submissions = [
                s for s in submissions if queries.applied(s.unit_id, s.spool.spool_id) < s.sequence
            ]
        if submissions:
            self._store(submissions)
            self._finish(submissions, now)
        opened = [index for index, item in enumerate(items) if item.kind is Kind.OPENED]
        for index, item in enumerate(items):
            if item.kind is Kind.WRITE:
                results[index] = item.work(now)
        if opened:
            admissions = fleet.admit([items[index].work for index in opened], now)
            for index, admission in zip(opened, admissions, strict=True):
                results[index] = admission
        ended = [item.work for item in items if item.kind is Kind.CLOSED]
        if ended:
            fleet.closed(ended, now)
        return results

    def _store(self, submissions: Sequence[Submission]) -> None:
        rows = [row for submission in submissions for row in submission.reports]
        if rows:
            inbox.receive(rows)
        told = [t for submission in submissions for t in submission.inventories]
        if told:
            fleet.store_inventories(told)
        events = [event for submission in submissions for event in submission.events]
        if events:
            self._effects_due = True
            _apply_events(events)

    def _finish(self, submissions: Sequence[Submission], now: datetime) -> None:
        fleet.advance([Position(s.unit_id, s.spool.spool_id, s.sequence) for s in submissions], now)
        for submission in submissions:
            if submission.rejected and submission.record_rejects:
                _record_rejects(submission, now)


def _apply_events(events: Sequence[FindingTold | FullStateTold]) -> None:
    """Findings and full states in the order told; runs of one kind go together."""
    findings: list[FindingTold] = []
    states: list[FullStateTold] = []
    for event in events:
        if isinstance(event, FindingTold):
            if states:
                health.apply_full_states(states)
                states = []
            findings.append(event)
        else:
            if findings:
                health.apply_findings(findings)
                findings = []
            states.append(event)
    if findings:
        health.apply_findings(findings)
    if states:
        health.apply_full_states(states)


def _store_piecewise(submission: Submission) -> None:
    """Each entry in a savepoint of its own; those that the database will not take are set apart."""
    pieces: list[tuple[str, Callable[[], object]]] = []
    for row in submission.reports:
        pieces.append(("health", partial(inbox.receive, [row])))
    for told in submission.inventories:
        pieces.append(("inventory", partial(fleet.store_inventories, [told])))
    for event in submission.events:
        pieces.append(("finding", partial(_apply_events, [event])))
    for name, store in pieces:
        try:
            with transaction.atomic():
                store()
        except (OperationalError, InterfaceError):
            raise
        except (Error, ValueError, TypeError, OverflowError, InvalidInput) as error:
            what = f"could not be stored ({error})"[:300]
            submission.rejected.append(Rejected(submission.sequence, name, what))


def _record_rejects(submission: Submission, now: datetime) -> None:
    first = submission.rejected[:_RECORDED_REJECTS]
    audit.record(
        now,
        "system:gateway",
        "link.entries-rejected",
        f"unit:{submission.unit_id}",
        {
            "count": len(submission.rejected),
            "entries": [
                {"sequence": reject.sequence, "field": reject.where, "expected": reject.what}
                for reject in first
            ],
        },
    )
