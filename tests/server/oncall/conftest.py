"""A desk at night: people on a rota, a channel with a real other end, a job that may run at any moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from logix_server.accounts.models import Person
from logix_server.accounts.rights import Role
from logix_server.oncall import actions, pages
from logix_server.oncall.actions import Hours
from logix_server.oncall.calls import Calls
from logix_server.oncall.climbing import Pace
from logix_server.oncall.models import Page, PageTry
from logix_server.oncall.pagers.requests import Transport
from logix_server.oncall.pagers.webhook import WebhookPager
from logix_server.oncall.pages import NewPage

from tests.fakes.gateways import Gateway, gateway
from tests.server.people import person

NIGHT = datetime(2026, 10, 28, 23, 0, tzinfo=UTC)  # 02:00 of a public holiday in Istanbul
ABOUT = "ticket:LGX-2026-000001"
BY = "operator:test"
SECRET = "a secret that is long enough to sign"


def engineer(name: str, role: str = Role.SUPPORT_ENGINEER, language: str = "tr") -> Person:
    """One of ours with a phone."""
    one = person(role)
    one.name, one.phone, one.language = name, f"+90532{one.pk:07d}", language
    one.email = f"{name.lower()}@rekare.example"
    one.save()
    return one


def always(rota: str, *people: Person, tier: int = 1, packages: Collection[str] = ("profesyonel",)) -> None:
    """A rota on which these are on call at every hour."""
    actions.add_rota(rota, list(packages), tier, actor=BY, now=NIGHT)
    for one in people:
        hours = Hours(tuple(range(7)), 0, 24 * 60, date(2026, 1, 1))
        actions.add_shifts(rota, one.email, hours, actor=BY, now=NIGHT)


@dataclass
class Desk:
    """`wanted` None: everything is."""

    gateway: Gateway
    secret: Path
    ayse: Person
    mehmet: Person
    manager: Person
    wanted: set[str] | None = None
    pace: Pace = field(default_factory=lambda: Pace(timedelta(minutes=5), repeats=1))

    @property
    def calls(self) -> Calls:
        pager = WebhookPager(self.gateway.url, self.secret, Transport(5.0))
        return Calls([pager], self.pace, "https://support.example", self._wanted, timedelta(seconds=5))

    def _wanted(self, abouts: Collection[str]) -> set[str]:
        return set(abouts) if self.wanted is None else set(abouts) & self.wanted

    def page(self, key: str = "k", now: datetime = NIGHT, **more) -> Page:
        texts = {"tr": more.pop("text", "Disk arızalı"), "en": "A disk fails"}
        with transaction.atomic():
            made = pages.call(NewPage(key, more.pop("about", ABOUT), texts, "profesyonel", **more), now=now)
        assert made is not None
        return made

    def run(self, minutes: float = 0) -> None:
        """The job, so many minutes into the night, until nothing more is waiting."""
        now = NIGHT + timedelta(minutes=minutes)
        while self.calls.run(now):
            pass

    def called(self) -> list[str]:
        """Whom the other end was told to call, in order."""
        import json

        return [json.loads(each.body)["person"]["name"] for each in self.gateway.received]

    def tries(self) -> list[tuple[str, str]]:
        rows = PageTry.objects.order_by("id").values_list("person__name", "state")
        return [(name, state) for name, state in rows]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Ayşe before Mehmet on the rota of Profesyonel, and a manager who is on none."""
    secret = tmp_path / "webhook-secret"
    secret.write_text(SECRET)
    ayse, mehmet = engineer("Ayse"), engineer("Mehmet", language="en")
    manager = engineer("Zeynep", Role.VENDOR_MANAGER)
    always("Gece", ayse, mehmet)
    with gateway() as running:
        yield Desk(running, secret, ayse, mehmet, manager)
