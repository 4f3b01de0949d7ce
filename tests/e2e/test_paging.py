"""A level 1 fault of a Profesyonel appliance at two in the night of a public holiday.

Real processes on a clock of that night, a real channel: somebody is paged within seconds, nobody answers,
the page climbs, processes die in between, one acknowledges, and then it is quiet.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.e2e.world import Place, faked_clock
from tests.fakes.gateways import Gateway, gateway
from tests.ports import free_ports

pytestmark = pytest.mark.timeout(900)

NIGHT = datetime(2026, 10, 28, 23, 0, tzinfo=UTC)  # 29 October, 02:00 in Istanbul
PEOPLE = {
    "ayse@rekare.example": ("Ayse Demir", "support-engineer"),
    "mehmet@rekare.example": ("Mehmet Kaya", "support-engineer"),
    "zeynep@rekare.example": ("Zeynep Ak", "vendor-manager"),
}


@pytest.fixture
def channel() -> Iterator[Gateway]:
    with gateway() as running:
        yield running


class Night:
    """The place on the night's clock; `later` moves what is started from then on."""

    def __init__(self, place: Place, channel: Gateway) -> None:
        self.place, self.channel = place, channel
        self._begun = datetime.now(UTC)
        self.later(0)

    def later(self, minutes: int) -> None:
        seconds = round((NIGHT - self._begun).total_seconds()) + 60 * minutes
        self.place.clock = faked_clock(f"{seconds:+d}s")

    def set_up(self) -> None:
        secret = self.place.folder / "server" / "webhook-secret"
        settings = (
            f'page_webhook_url = "{self.channel.url}/page"\npage_webhook_secret_file = "webhook-secret"\n'
        )
        self.place.init(settings=settings)
        secret.write_text("a secret that is long enough to sign")
        for email, (name, role) in PEOPLE.items():
            more = ("--role", role, "--organisation", "Logix", "--phone", "+905321234567")
            self.place.server("person", "add", email, "--name", name, *more)
        self.place.server("rota", "add", "Gece", "--package", "profesyonel")
        for email in list(PEOPLE)[:2]:
            hours = ("--days", "mon-sun", "--hours", "00:00-24:00", "--from", "2026-01-01")
            self.place.server("rota", "shift", "Gece", email, *hours)

    def jobs(self) -> None:
        """Two processes of the jobs role."""
        self.place.start_role("jobs")
        folder = self.place.folder / "server"
        lines = (folder / "server.toml").read_text().splitlines()
        kept = [line for line in lines if not line.startswith("metrics_port")]
        (folder / "second.toml").write_text("\n".join([f"metrics_port = {free_ports(3)}", *kept]) + "\n")
        self.place.start_role("jobs", name="jobs-2", LOGIX_CONFIG=str(folder / "second.toml"))

    def kill_jobs(self) -> None:
        self.place.kill("jobs")
        self.place.kill("jobs-2")

    def called(self) -> list[str]:
        return [json.loads(each.body)["person"]["email"].split("@")[0] for each in self.channel.received]

    def page(self) -> dict:
        [page] = [row for row in self.place.ask("page", "list") if row["about"].startswith("ticket:")]
        return self.place.ask("page", "show", str(page["id"]))


def press(link: str) -> str:
    """What a person does on a phone: open the link, press the button; what the page says then."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(link, timeout=60) as shown:
        assert '<form method="post">' in shown.read().decode()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token}).encode()
    with browser.open(urllib.request.Request(link, form, {"Referer": link}), timeout=60) as done:
        return str(done.read().decode())


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_somebody_is_paged_until_somebody_has_taken_it_up(
    tmp_path: Path, channel: Gateway, database: str, request: pytest.FixtureRequest
) -> None:
    url = None
    if database == "postgres":
        url = request.getfixturevalue("postgres_server").create("paging")
    place = Place(tmp_path / "place", url)
    night = Night(place, channel)
    try:
        night.set_up()
        for role in ("gateway", "web"):
            place.start_role(role)
        night.jobs()
        the_night(night)
    finally:
        place.close()


def the_night(night: Night) -> None:
    place, channel = night.place, night.channel
    appliance = place.appliance("LGX-1", purchased="2026-06-01")
    place.server(
        "contract", "add", "LGX-1", "--package", "profesyonel", "--from", "2026-06-01", "--years", "1"
    )
    appliance.start()
    place.until("connected", lambda: place.connected("LGX-1"))
    appliance.machine.stop_array()
    place.until("a page", lambda: night.called() == ["ayse"])
    [ticket] = place.ask("ticket", "list")
    assert (ticket["level"], ticket["package"]) == (1, "profesyonel")
    first = datetime.fromisoformat(night.page()["tries"][0]["at"])
    opened = datetime.fromisoformat(ticket["opened_at"])
    assert (first - opened).total_seconds() < 60, "MAT-8 gives fifteen minutes"
    assert first.date() == NIGHT.date()

    night.kill_jobs()
    channel.hold = threading.Event()  # the other end takes the call and says nothing
    night.later(5)
    night.jobs()
    place.until("the next one is called", lambda: night.called() == ["ayse", "mehmet"])
    night.kill_jobs()  # … and what called dies before it hears
    channel.hold.set()
    night.later(7)
    night.jobs()
    place.until("called again", lambda: night.called() == ["ayse", "mehmet", "mehmet"])
    assert len(set(channel.keys()[1:])) == 1, "who was called already knows it by the key"
    assert [each["state"] for each in night.page()["tries"]][:2] == ["sent", "unknown"]

    assert "Teşekkürler" in press(json.loads(channel.received[2].body)["link"])
    page = night.page()
    assert (page["state"], page["acknowledged_by"]) == ("acknowledged", "Mehmet Kaya")

    night.kill_jobs()
    night.later(60)
    night.jobs()
    place.server("page", "test", "zeynep@rekare.example")
    place.until("the jobs are at work", lambda: "zeynep" in night.called())
    after = [name for name in night.called()[3:] if name != "zeynep"]
    assert after == [], "nobody is called about what somebody has taken up"
    assert night.page()["state"] == "acknowledged"
