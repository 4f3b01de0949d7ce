"""A flood of refusals: one line for a reason and peer in a minute, and a count."""

from __future__ import annotations

from logix_common import reasons
from logix_common.errors import Refused
from logix_server.link.refusal_log import RefusalLog
from logix_server.link.tally import OTHERS, TOLD_APART, Tally
from structlog.testing import capture_logs

from tests.fakes.clock import FakeClock


def test_the_first_is_said_and_the_rest_is_counted() -> None:
    tally = Tally()
    assert tally.count("busy", "a", 0)
    assert not tally.count("busy", "a", 1)
    assert not tally.count("busy", "a", 59)
    assert tally.count("busy", "b", 1)  # another peer
    assert tally.count("slow", "a", 1)  # another reason
    assert tally.over(59) == []
    assert tally.over(61) == [("busy", "a", 2)]
    assert tally.count("busy", "a", 62)
    assert tally.over(200) == []


def test_very_many_peers_are_counted_by_reason() -> None:
    tally = Tally()
    said = sum(tally.count("busy", str(peer), 0) for peer in range(10 * TOLD_APART))
    assert said == TOLD_APART
    assert tally.over(60) == [("busy", OTHERS, 9 * TOLD_APART)]
    assert tally.count("busy", "x", 60)


def test_a_thousand_refusals_are_two_lines() -> None:
    clock = FakeClock()
    log = RefusalLog(clock)
    refusal = Refused(reasons.ENROLMENT_REFUSED)
    refusal.add_note("token unknown")
    with capture_logs() as lines:
        for _ in range(1_000):
            log.note("enrolment refused", "192.0.2.1", refusal)
            log.flush()
        clock.move(60)
        log.flush()
        log.flush()
    first, rest = lines
    assert (first["peer"], first["reason"], first["notes"]) == ("192.0.2.1", refusal.reason, "token unknown")
    assert (rest["peer"], rest["times"]) == ("192.0.2.1", 999)
