"""Several gateways at once on one database: nobody waits in a circle, a ring comes with the commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from django.db import connection, connections, transaction
from logix_server.fleet import actions
from logix_server.fleet.doorbell import CHANNEL
from logix_server.fleet.facts import Admitted, Position, Seen
from logix_server.fleet.models import Presence, SpoolPosition

from tests.server.pki.keys import new_key

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def together(*calls: Callable[[], object]) -> list[BaseException]:
    """Run `calls` in threads that start at one moment; what they raised."""
    gate, raised = threading.Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            gate.wait()
            call()
        except BaseException as error:  # told to the test, whatever it is
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_gateways_that_write_the_same_units_do_not_block_each_other(fleet):
    enrolled = [fleet.enrolled(f"LGX{number}") for number in range(12)]
    answers = []

    def gateway(name: str, order: list) -> Callable[[], None]:
        def work() -> None:
            for _ in range(5):
                streams = [fleet.opened(unit, serial, gateway_id=name) for unit, serial in order]
                with transaction.atomic():
                    answers.extend(actions.admit(streams, fleet.now))
                    actions.advance([Position(unit.pk, "a" * 32, 7) for unit, _ in order], fleet.now)
                    actions.seen(
                        [
                            Seen(u.pk, s.stream_id, fleet.now, 0)
                            for (u, _), s in zip(order, streams, strict=True)
                        ]
                    )

        return work

    raised = together(gateway("g1", enrolled), gateway("g2", enrolled[::-1]))
    assert raised == []
    assert len(answers) == 120
    assert all(isinstance(answer, Admitted) for answer in answers)
    assert Presence.objects.count() == 12
    assert set(SpoolPosition.objects.values_list("sequence", flat=True)) == {7}


def test_one_order_of_a_kind_however_many_give_it(fleet):
    unit, _ = fleet.enrolled()
    given = []

    def give() -> None:
        given.append(actions.give_order(unit, "report-full-state", "operator:test", fleet.now).order_id)

    assert together(*[give] * 4) == []
    assert len(set(given)) == 1


def test_revoking_and_admitting_at_once_ends_closed(fleet):
    unit, serial = fleet.enrolled()
    raised = together(
        lambda: fleet.connect(unit, serial) and None,
        lambda: actions.revoke(unit, "stolen", "operator:test", fleet.now),
    )
    assert raised == []
    answer = fleet.connect(unit, serial)[1]
    assert not isinstance(answer, Admitted)


def test_operators_and_gateways_do_not_wait_for_each_other_in_a_circle(fleet):
    raised = []
    for number in range(25):
        unit, serial = fleet.enrolled(f"LGX-{number}")
        token, key = fleet.token(unit), new_key()
        connects = partial(fleet.connect, unit, serial)
        raised += together(connects, partial(fleet.enrol, token, unit.serial, key))
        raised += together(connects, partial(actions.revoke, unit, "stolen", "operator:test", fleet.now))
    assert raised == []


class Listener:
    """The other side of the doorbell, on a connection of its own."""

    def __init__(self) -> None:
        settings = connection.settings_dict
        self.postgres = connection.vendor == "postgresql"
        if self.postgres:
            named = {"dbname": settings["NAME"], "user": settings["USER"]}
            place = {"host": settings["HOST"], "port": settings["PORT"]}
            self.connection = psycopg.connect(**named, **place, autocommit=True)
            self.connection.execute(f"LISTEN {CHANNEL}")
        else:
            self.connection = sqlite3.connect(settings["NAME"])
            self.last = self._version()

    def _version(self) -> int:
        return self.connection.execute("PRAGMA data_version").fetchone()[0]

    def heard(self, timeout: float) -> bool:
        if self.postgres:
            return any(True for _ in self.connection.notifies(timeout=timeout, stop_after=1))
        last, self.last = self.last, self._version()
        return last != self.last


def test_the_doorbell_rings_with_the_commit_and_not_before(fleet):
    unit, _ = fleet.enrolled()
    listener = Listener()
    try:
        with transaction.atomic():
            actions.give_order(unit, "report-full-state", "operator:test", fleet.now)
            assert not listener.heard(timeout=0.1)
        assert listener.heard(timeout=100)
    finally:
        listener.connection.close()
