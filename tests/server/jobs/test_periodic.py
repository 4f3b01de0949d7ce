"""When a job is looked at again."""

from __future__ import annotations

from datetime import datetime

from logix_server.jobs.periodic import LONGEST_PAUSE, LOOK_SECONDS, Job, pause_after


def job(every: float) -> Job:
    def run(_now: datetime) -> bool:
        return False

    return Job("x", every, run)


def test_with_more_waiting_it_goes_on_at_once() -> None:
    assert pause_after(job(60), ran=True, more=True, failures=0) == 0.0


def test_a_rare_job_is_looked_at_often_because_who_holds_it_may_die() -> None:
    assert pause_after(job(3_600), ran=False, more=False, failures=0) == LOOK_SECONDS
    assert pause_after(job(1), ran=True, more=False, failures=0) == 1.0


def test_a_failing_job_backs_off_to_a_limit() -> None:
    pauses = [pause_after(job(30), ran=False, more=False, failures=n) for n in range(1, 20)]
    assert pauses[:3] == [30, 60, 120]
    assert max(pauses) == LONGEST_PAUSE
