"""The outbox runs: once, in order, tried again, parked, and by one process at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from logix_server.accounts.models import Organisation
from logix_server.audit.models import Record
from logix_server.effects import cli, dispatch, outbox
from logix_server.effects.models import Effect

from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


class Handler:
    """A real handler of the tests' own: writes a row, then perhaps fails."""

    def __init__(self) -> None:
        self.failing: set[int] = set()
        self.calls: list[int] = []

    def __call__(self, payload: Mapping[str, Any], now: Any) -> None:
        self.calls.append(payload["n"])
        Organisation.objects.create(kind="customer", name=f"made {payload['n']}", created_at=now)
        if payload["n"] in self.failing:
            raise RuntimeError(f"{payload['n']} cannot be done")


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Handler:
    made = Handler()
    monkeypatch.setitem(dispatch.HANDLERS, "test", made)
    return made


def put(*numbers: int) -> None:
    outbox.put_many([outbox.NewEffect("test", {"n": n}, f"test:{n}") for n in numbers], NOW)


def made() -> list[str]:
    return list(Organisation.objects.order_by("id").values_list("name", flat=True))


def test_effects_run_in_order_and_once(handler: Handler) -> None:
    put(1, 2, 3)
    put(2)  # its key is known
    assert dispatch.waiting(NOW) == 3
    assert dispatch.run_pending(NOW, limit=2) == 2
    assert dispatch.run_pending(NOW, limit=2) == 1
    assert dispatch.run_pending(NOW) == 0
    assert handler.calls == [1, 2, 3]
    assert dispatch.waiting(NOW) == 0


def test_nothing_is_put_when_the_deciding_transaction_is_rolled_back(handler: Handler) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put(1)
        raise ZeroDivisionError
    assert dispatch.run_pending(NOW) == 0
    assert handler.calls == []


def test_an_effect_waits_for_its_time(handler: Handler) -> None:
    outbox.put("test", {"n": 1}, NOW, run_after=NOW + timedelta(hours=1))
    assert dispatch.run_pending(NOW) == 0
    assert dispatch.run_pending(NOW + timedelta(hours=1)) == 1


def test_one_that_fails_leaves_nothing_behind_and_the_others_go_on(handler: Handler) -> None:
    handler.failing = {2}
    put(1, 2, 3)
    assert dispatch.run_pending(NOW) == 3
    assert made() == ["made 1", "made 3"]
    failed = Effect.objects.get(done_at=None)
    assert (failed.attempts, failed.error) == (1, "RuntimeError: 2 cannot be done")
    assert dispatch.run_pending(NOW + timedelta(seconds=1)) == 0
    handler.failing.clear()
    assert dispatch.run_pending(NOW + timedelta(seconds=2)) == 1
    failed.refresh_from_db()
    assert (failed.done_at, failed.error) == (NOW + timedelta(seconds=2), "")
    assert made() == ["made 1", "made 3", "made 2"]


def test_tries_are_further_and_further_apart_then_end(handler: Handler) -> None:
    handler.failing = {1}
    put(1)
    now, waits = NOW, []
    while dispatch.waiting(now + timedelta(days=1)):
        dispatch.run_pending(now)
        effect = Effect.objects.get()
        waits.append((effect.run_after - now).total_seconds())
        now = effect.run_after
    assert len(waits) == dispatch.MAX_ATTEMPTS
    assert waits == sorted(waits)
    assert waits[-1] <= dispatch.LONGEST_RETRY.total_seconds()
    assert dispatch.parked() == 1


def test_what_is_done_is_forgotten_after_a_while_and_what_is_not_never(handler: Handler) -> None:
    handler.failing = {3}
    put(1, 2, 3)
    dispatch.run_pending(NOW)
    kept = timedelta(days=14)
    assert dispatch.forget_done(NOW + kept, kept, 10) == 0
    later = NOW + kept + timedelta(seconds=1)
    assert [dispatch.forget_done(later, kept, 1) for _ in range(3)] == [1, 1, 0]
    assert Effect.objects.get().payload == {"n": 3}


def test_an_unknown_kind_is_kept_and_visible() -> None:
    outbox.put("from.a.newer.server", {}, NOW)
    dispatch.run_pending(NOW)
    assert "from.a.newer.server" in Effect.objects.get().error


def test_parked_effects_are_listed_and_tried_again_on_the_command_line(handler: Handler) -> None:
    put(1, 2)
    Effect.objects.filter(key="test:1").update(attempts=dispatch.MAX_ATTEMPTS, error="no luck")
    runner = CliRunner()
    listed = runner.invoke(cli.effects, ["list", "--parked", "--json"])
    (row,) = json.loads(listed.stdout)
    assert (row["kind"], row["error"], row["parked"]) == ("test", "no luck", True)
    wrong = runner.invoke(cli.effects, ["retry", "999999"])
    assert wrong.exit_code == 1
    assert "999999" in wrong.stderr
    assert runner.invoke(cli.effects, ["retry"]).exit_code == 2
    assert runner.invoke(cli.effects, ["retry", str(row["id"])]).exit_code == 0
    assert dispatch.parked() == 0
    assert Record.objects.get(action="effects.retry").detail == {"ids": [row["id"]]}


def test_two_dispatchers_share_the_work_and_do_nothing_twice(handler: Handler) -> None:
    put(*range(30))
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        try:
            while dispatch.run_pending(NOW, limit=7):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handler.calls) == list(range(30))
    assert len(made()) == 30
    assert Effect.objects.filter(done_at=None).count() == 0
