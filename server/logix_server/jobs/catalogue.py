"""Every periodic job and its interval."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from logix_server import blob_directory
from logix_server.accounts.privacy.retention import forget as forget_of_people
from logix_server.audit import sealing
from logix_server.config import ServerConfig
from logix_server.contracts import reminding
from logix_server.contracts.decisions.reminders import Steps
from logix_server.contracts.working_time import closures
from logix_server.effects import dispatch
from logix_server.fleet import actions as fleet
from logix_server.health import inbox, retention, suppression_ends
from logix_server.jobs.periodic import Job
from logix_server.jobs.runner import JobMetrics
from logix_server.mail import inbox as mail_inbox
from logix_server.modules import actions as modules
from logix_server.oncall.calls import Calls
from logix_server.oncall.climbing import Pace
from logix_server.oncall.pagers.configured import pagers_of
from logix_server.tickets import aging, upkeep
from logix_server.tickets.correspondence import notice_mails
from logix_server.tickets.escalation import actions as escalation
from logix_server.tickets.escalation import paging
from logix_server.visits import agreements

_EFFECTS: Final = 50
_DONE_KEPT: Final = timedelta(days=14)  # the audit keeps what they did
_FORGOTTEN: Final = 1_000
_ROLLUP_HOURS: Final = 500
_PRUNED_UNITS: Final = 200


def periodic_jobs(config: ServerConfig, metrics: JobMetrics) -> list[Job]:
    """The jobs of one process."""
    return [
        *_effects(metrics),
        *_devices(config),
        *_contracts(config, metrics),
        *_tickets(),
        *_calls(config),
        *_people_and_mails(config),
        Job("audit-seal", 60.0, _once(sealing.seal)),
    ]


def _effects(metrics: JobMetrics) -> list[Job]:
    def run(now: datetime) -> bool:
        waiting = dispatch.waiting(now)
        metrics.effects_waiting.set(waiting)
        return waiting > 0 and dispatch.run_pending(now, _EFFECTS) >= _EFFECTS

    def count_parked(now: datetime) -> bool:
        metrics.effects_parked.set(dispatch.parked())
        return dispatch.forget_done(now, _DONE_KEPT, _FORGOTTEN) >= _FORGOTTEN

    return [
        # Gateways run effects at once; this finds what a crash left, what is to be tried again, and what
        # other roles put. Effects exclude each other in the database, so every process may run them.
        Job("effects", 1.0, run, leased=False),
        Job("effects-kept", 60.0, count_parked, leased=False),
    ]


def _devices(config: ServerConfig) -> list[Job]:
    def prune(now: datetime) -> bool:
        return retention.prune(now, config.report_days, config.rollup_days, _PRUNED_UNITS) > 0

    return [
        Job("silence", 30.0, _once(fleet.judge_silence)),
        Job("order-expiry", 30.0, _once(fleet.expire_orders)),
        Job("inventory-prune", 86_400.0, _once(fleet.prune_inventories)),
        Job("health-settle", 60.0, lambda _now: inbox.settle() > 0),
        Job("health-rollup", 60.0, lambda now: retention.roll_up(now, _ROLLUP_HOURS) > 0),
        Job("health-prune", 3_600.0, prune),
        Job("suppressions", 15.0, suppression_ends.end_due),
    ]


def _contracts(config: ServerConfig, metrics: JobMetrics) -> list[Job]:
    steps = Steps(config.renewal_notice_days, config.life_cycle_notice_days)

    def watch_calendar(now: datetime) -> bool:
        metrics.holidays_uncertain.set(closures.warn_of_gaps(now))
        return False

    return [
        Job("reminders", 3_600.0, _once(lambda now: reminding.remind(now, steps))),
        Job("calendar", 3_600.0, watch_calendar, leased=False),
        Job("module-review", 2.0, modules.review_asked),
        Job("module-statements", 3_600.0, _once(modules.review_all)),
        Job("visits", 3_600.0, _once(agreements.request_due)),
    ]


def _tickets() -> list[Job]:
    return [
        Job("ticket-deadlines", 15.0, upkeep.note_missed_deadlines),
        Job("ticket-terms", 300.0, _once(upkeep.take_up_terms)),
        Job("ticket-closing", 600.0, aging.close_solved),
        Job("attachments-kept", 3_600.0, aging.forget_files),
        Job("blob-sweep", 86_400.0, _once(lambda now: aging.sweep(now, blob_directory.store()))),
        Job("notices", 60.0, notice_mails.mail_notices),
    ]


def _calls(config: ServerConfig) -> list[Job]:
    pace = Pace(timedelta(minutes=config.page_step_minutes), config.page_repeats)
    timeout = timedelta(seconds=config.page_timeout_seconds)
    calls = Calls(pagers_of(config), pace, config.origin, paging.wanted, timeout)
    return [
        # Tickets and pages exclude each other in the database: one process that hangs holds up no page.
        Job("escalation", 1.0, escalation.escalate, leased=False),
        Job("pages", 1.0, calls.run, leased=False),
    ]


def _people_and_mails(config: ServerConfig) -> list[Job]:
    mails_kept = timedelta(days=config.mail_ignored_days)
    return [
        Job("mail-kept", 3_600.0, lambda now: mail_inbox.forget(now, mails_kept, _FORGOTTEN) >= _FORGOTTEN),
        Job("people-forgotten", 600.0, lambda now: forget_of_people(now, config)),
    ]


def _once(action: Callable[[datetime], object]) -> Callable[[datetime], bool]:
    """A job that does all there is in one run."""

    def run(now: datetime) -> bool:
        action(now)
        return False

    return run
