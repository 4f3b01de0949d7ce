"""Whatever comes in between mutes and windows: nothing is lost, and nobody is called while they stand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from logix_common.errors import InvalidInput
from logix_common.findings import Event
from logix_server.effects.dispatch import run_pending, waiting
from logix_server.fleet.models import Unit
from logix_server.health import suppressing, suppression_ends
from logix_server.health.actions import apply_findings, apply_full_states
from logix_server.health.facts import FindingTold, FullStateTold
from logix_server.health.models import Fault, Suppression
from logix_server.tickets.models import TicketFault
from logix_server.tickets.queries import open_tickets

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PARTS = ("disk:A", "disk:B", "raid:md0")
BY = "operator:ayse"
STEPS = 60


class Story:
    """A unit, what stands on it, and people who mute it."""

    def __init__(self, unit: Unit, seed: int) -> None:
        self.unit, self.chance = unit, random.Random(seed)
        self.now: datetime = NOW
        self.standing: dict[str, FindingTold] = {}
        self.told = 0

    def go_on(self) -> None:
        self.now += timedelta(minutes=self.chance.choice([1, 5, 20, 90]))
        device = (self.rise, self.rise, self.change, self.clear, self.restate)
        people = (self.mute, self.unmute, self.window, self.end_window)
        self.chance.choice([*device, *people, self.tick])()
        while run_pending(self.now) == 50:
            pass

    def rise(self) -> None:
        """A finding, or the same part's again under another id, now and then only watched."""
        part = self.chance.choice(PARTS)
        self.told += 1
        told = self.finding(f"f{self.told}", Event.RAISED, part)
        if part not in self.standing or self.standing[part].watched:
            told = replace(told, watched=self.chance.random() < 0.2)
        self.standing[part] = told
        apply_findings([told])

    def change(self) -> None:
        if self.standing:
            part = self.chance.choice(sorted(self.standing))
            told = self.finding(self.standing[part].finding_id, Event.CHANGED, part)
            self.standing[part] = told
            apply_findings([told])

    def clear(self) -> None:
        if self.standing:
            part = self.chance.choice(sorted(self.standing))
            apply_findings([self.finding(self.standing.pop(part).finding_id, Event.CLEARED, part)])

    def restate(self) -> None:
        findings = tuple(self.standing[part] for part in sorted(self.standing))
        apply_full_states([FullStateTold(self.unit.pk, self.now, self.now, findings)])

    def mute(self) -> None:
        part, level = self.chance.choice(["", *PARTS]), self.chance.choice([None, 1, 2, 3])
        until = self.now + timedelta(minutes=self.chance.choice([1, 30, 600]))
        try:
            suppressing.mute(self.unit, part=part, level=level, until=until, why="known", by=BY, now=self.now)
        except InvalidInput:
            assert level is None  # nothing stands that would say which

    def unmute(self) -> None:
        mutes = Suppression.objects.filter(kind="mute", state="standing")
        if mute := mutes.order_by("id").first():
            suppressing.unmute(mute.pk, "seen to", by=BY, now=self.now)

    def window(self) -> None:
        span = timedelta(minutes=self.chance.choice([1, 45, 300]))
        suppressing.open_window(self.unit, span, "service", by=BY, now=self.now)

    def end_window(self) -> None:
        if Suppression.objects.filter(kind="maintenance", state="standing").exists():
            suppressing.end_window(self.unit, by=BY, now=self.now)

    def tick(self) -> None:
        suppression_ends.end_due(self.now)

    def finding(self, finding_id: str, event: Event, part: str) -> FindingTold:
        severity, urgent = self.chance.choice([(3, False), (2, False), (2, True), (1, False)])
        return finding(
            self.unit.pk, finding_id, event, part=part, severity=severity, urgent=urgent, at=self.now
        )


@pytest.mark.parametrize("seed", range(12))
def test_what_stands_when_all_is_over_has_a_ticket(seed: int) -> None:
    unit = rows.unit()
    rows.contract(unit, package="profesyonel")
    story = Story(unit, seed)
    for _ in range(STEPS):
        story.go_on()
        for fault in Fault.objects.filter(state="open", watched=False).select_related("suppressed_by"):
            # Known, and either kept back by something or judged.
            assert fault.suppressed_by is not None or fault.ticket_number, fault.part
    story.now += timedelta(days=2)
    story.tick()
    while run_pending(story.now):
        pass
    assert waiting(story.now) == 0
    assert not Suppression.objects.filter(state="standing").exists()
    assert not Fault.objects.filter(state="open", suppressed_by__isnull=False).exists()
    opened = set(open_tickets().values_list("id", flat=True))
    for fault in Fault.objects.filter(state="open", watched=False):
        link = TicketFault.objects.get(fault=fault)
        assert link.ticket_id in opened
        assert link.ticket.level <= fault.severity
        assert link.ticket.urgent or not fault.urgent
    assert {f.part for f in Fault.objects.filter(state="open")} == set(story.standing)
