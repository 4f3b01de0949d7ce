"""Closures of our own, holidays that are worked on, office hours as settings, and what is not known yet."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from logix_common.errors import InvalidInput
from logix_server import config, console
from logix_server.audit.models import Record
from logix_server.contracts.append_only import AppendOnlyError
from logix_server.contracts.decisions.terms import ISTANBUL
from logix_server.contracts.models import Closure, ClosureWithdrawal
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time import closures, holidays_tr, office
from logix_server.contracts.working_time.closure_cli import closure
from logix_server.contracts.working_time.office import Changes, Closing, Gap, Hours
from logix_server.effects.models import Effect
from logix_server.jobs.catalogue import periodic_jobs
from logix_server.jobs.runner import JobMetrics
from logix_server.weekly_hours import minute_of_day, week_of
from prometheus_client import CollectorRegistry

from tests.server.people import let_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:ayse"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


NOW = at("2026-03-02T10:00")


def worked(day: str) -> float:
    """Hours of work on a day of 2026."""
    since = at(f"{day}T00:00")
    calendar = closures.office_calendar(2025, 2027)
    return working.between(calendar, since, since + timedelta(days=1)) / timedelta(hours=1)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "now", lambda: NOW)


def run(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(closure, list(arguments))
    assert result.exit_code == exit_code, result.output
    return result


@pytest.mark.usefixtures("now")
def test_a_day_some_days_and_an_afternoon_are_closed() -> None:
    run("add", "2026-03-04", "--reason", "stocktaking")
    run("add", "2026-03-09", "--until", "2026-03-10", "--reason", "moving house")
    run("add", "2026-03-12", "--from", "12:30", "--reason", "outing")
    run("add", "2026-03-13", "--from", "10:00", "--to", "11:30", "--reason", "fire drill")
    days = ["2026-03-03", "2026-03-04", "2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"]
    assert [worked(day) for day in days] == [8, 0, 0, 0, 8, 3.5, 6.5]
    rows = json.loads(run("list", "--year", "2026", "--json").stdout)
    own = [row for row in rows if row["source"] != "public holiday"]
    assert [row["name"] for row in own] == ["stocktaking", "moving house", "outing", "fire drill"]
    assert own[2]["starts_at"] == "2026-03-12T09:30:00+00:00"
    assert {row["what"] for row in rows} >= {"2026-01-01", "2026-10-28", "2026-10-29"}
    assert "stocktaking" in run("list", "--year", "2026").stdout
    record = Record.objects.filter(action="closure.add").order_by("id")[0]
    assert record.actor.startswith("operator:")
    assert record.detail["reason"] == "stocktaking"
    assert Effect.objects.filter(kind="calendar.changed").count() == 4


@pytest.mark.usefixtures("now")
def test_a_closure_is_withdrawn_and_a_holiday_is_worked_on() -> None:
    number = json.loads(run("add", "2026-03-04", "--reason", "stocktaking", "--json").stdout)["what"]
    run("withdraw", number, "--reason", "put off")
    assert worked("2026-03-04") == 8
    for day, hours in (("2026-04-23", 8), ("2026-10-28", 8), ("2026-03-19", 8)):
        run("withdraw", day, "--reason", "a big customer moves")
        assert worked(day) == hours
    rows = json.loads(run("list", "--year", "2026", "--json").stdout)
    withdrawn = {row["what"]: row["withdrawn"] for row in rows if row["withdrawn"]}
    assert set(withdrawn) == {number, "2026-04-23", "2026-10-28", "2026-03-19"}
    assert withdrawn[number].startswith("put off (operator:")
    # Off after all: a closure of our own.
    run("add", "2026-04-23", "--reason", "it stayed away")
    assert worked("2026-04-23") == 0
    assert Record.objects.filter(action="closure.withdraw").count() == 4


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "2026-03-01", "--reason", "x"], "is over"),
        (["add", "2026-03-04", "--until", "2026-03-03", "--reason", "x"], "after the beginning"),
        (["add", "2026-03-04", "--from", "12:00", "--to", "12:00", "--reason", "x"], "after the beginning"),
        (["add", "2026-03-04", "--until", "2026-12-03", "--reason", "x"], "at most 92 days"),
        (["add", "2026-03-04", "--reason", "  "], "reason"),
        (["add", "2026-03-04", "--reason", "x" * 201], "reason"),
        (["withdraw", "4711", "--reason", "x"], "there is none"),
        (["withdraw", "2026-03-04", "--reason", "x"], "no public holiday"),
        (["withdraw", "2026-01-01", "--reason", "x"], "is over"),
        (["withdraw", "stocktaking", "--reason", "x"], "neither the number"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], said: str) -> None:
    result = run(*arguments, exit_code=1)
    assert said in result.stderr
    assert result.stdout == ""
    assert not Closure.objects.exists()
    assert not Effect.objects.exists()


@pytest.mark.usefixtures("now")
def test_nothing_is_withdrawn_twice() -> None:
    number = json.loads(run("add", "2026-03-04", "--reason", "stocktaking", "--json").stdout)["what"]
    for what in (number, "2026-04-23"):
        run("withdraw", what, "--reason", "x")
        assert "already" in run("withdraw", what, "--reason", "x", exit_code=1).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "4 March", "--reason", "x"],
        ["add", "2026-03-04"],
        ["add", "2026-03-04", "--from", "25:00", "--reason", "x"],
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    run(*arguments, exit_code=2)


def test_rows_are_never_changed_or_deleted() -> None:
    made = closures.add_closure(at("2026-03-04"), at("2026-03-05"), "x", now=NOW, actor=BY)
    made.reason = "y"
    for change in (made.save, made.delete, Closure.objects.all().delete):
        with pytest.raises(AppendOnlyError):
            change()


def test_what_is_changed_holds_from_its_recording_on() -> None:
    closures.add_closure(at("2026-03-02"), at("2026-03-03"), "snow", now=NOW, actor=BY)
    assert worked("2026-03-02") == 1  # from nine to ten they had worked
    made = Closure.objects.get()
    closures.withdraw_closure(made.pk, "it melted", now=at("2026-03-02T12:00"), actor=BY)
    assert worked("2026-03-02") == 6
    closures.work_on_holiday(date(2026, 4, 23), "x", now=at("2026-04-23T14:00"), actor=BY)
    assert worked("2026-04-23") == 3


@pytest.fixture
def client() -> Client:
    ayse = get_user_model().objects.create_superuser("ayse", "ayse@example.org", "a long enough password")
    return let_in(Client(), ayse)


def test_an_administrator_adds_and_withdraws_in_the_admin(client: Client) -> None:
    form = {
        "starts_at_0": "2099-03-04", "starts_at_1": "12:30", "ends_at_0": "2099-03-05", "ends_at_1": "00:00",
        "reason": "outing",
    }  # fmt: skip
    assert client.post(reverse("admin:contracts_closure_add"), form).status_code == 302
    made = Closure.objects.get()
    assert (made.starts_at, made.recorded_by) == (at("2099-03-04T12:30"), "user:ayse")
    assert client.post(reverse("admin:contracts_closure_change", args=[made.pk]), form).status_code == 403
    assert client.post(reverse("admin:contracts_closure_delete", args=[made.pk])).status_code == 403
    withdraw = reverse("admin:contracts_closurewithdrawal_add")
    assert client.post(withdraw, {"closure": made.pk, "holiday": "", "reason": "rain"}).status_code == 302
    assert client.post(withdraw, {"closure": "", "holiday": "2099-01-01", "reason": "x"}).status_code == 302
    assert ClosureWithdrawal.objects.count() == 2
    assert Record.objects.filter(action__startswith="closure.", actor="user:ayse").count() == 3
    assert Effect.objects.filter(kind="calendar.changed").count() == 3


@pytest.mark.parametrize(
    ("page", "form", "said"),
    [
        (
            "closure",
            {"starts_at_0": "2020-03-04", "starts_at_1": "00:00", "ends_at_0": "2020-03-05",
             "ends_at_1": "00:00", "reason": "x"},
            "the closure is over",
        ),
        ("closurewithdrawal", {"closure": "", "holiday": "", "reason": "x"}, "name either"),
        ("closurewithdrawal", {"closure": "", "holiday": "2099-07-01", "reason": "x"}, "no public holiday"),
    ],
)  # fmt: skip
def test_the_admin_shows_what_is_refused(client: Client, page: str, form: dict[str, str], said: str) -> None:
    response = client.post(reverse(f"admin:contracts_{page}_add"), form)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Closure.objects.exists()


def test_a_user_without_the_permission_adds_nothing() -> None:
    user = get_user_model().objects.create_user("mehmet", password="a long enough password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_closure"))
    client = let_in(Client(), user)
    assert client.get(reverse("admin:contracts_closure_changelist")).status_code == 200
    assert client.post(reverse("admin:contracts_closure_add"), {"reason": "x"}).status_code == 403


def test_office_hours_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = 'office_hours = "mon-thu 08:00-12:00 13:00-18:00; sat 10:00-24:00"\nhalf_day_ends = "12:00"\n'
    (tmp_path / "server.toml").write_text(written, encoding="utf-8")
    told = config.load({"LOGIX_DATA": str(tmp_path)})
    monkeypatch.setattr(closures, "current", lambda: told)
    # Monday, Friday, Saturday, 28 October (a Wednesday).
    days = ["2026-03-02", "2026-03-06", "2026-03-07", "2026-10-28"]
    assert [worked(day) for day in days] == [9, 0, 14, 4]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("office_hours", ""),
        ("office_hours", "mon-fri"),
        ("office_hours", "09:00-17:00"),
        ("office_hours", "mon-fri 17:00-09:00"),
        ("office_hours", "mon-fri 09:00-12:00 11:00-17:00"),
        ("office_hours", "fri-mon 09:00-17:00"),
        ("office_hours", "mon-fri 09:00-24:01"),
        ("office_hours", "mon-fri 9-17"),
        ("office_hours", "mon-fri 09:00-17:00; wed 10:00-11:00"),
        ("half_day_ends", "noon"),
        ("half_day_ends", "12:60"),
    ],
)
def test_hours_that_make_no_sense_are_refused(tmp_path: Path, key: str, value: str) -> None:
    (tmp_path / "server.toml").write_text(f'{key} = "{value}"\n', encoding="utf-8")
    with pytest.raises(InvalidInput, match=rf"server\.toml: {key}"):
        config.load({"LOGIX_DATA": str(tmp_path)})


def test_the_default_hours_are_those_of_reading_4() -> None:
    told = config.ServerConfig(Path(), "")
    assert Hours(week_of(told.office_hours), minute_of_day(told.half_day_ends)) == Hours(working.OFFICE_WEEK)
    assert closures.office_calendar(2025, 2027) == holidays_tr.office_calendar(2025, 2027)


def test_a_feast_that_is_only_reckoned_is_told_from_november_on_until_it_is_settled() -> None:
    nothing = Changes()
    assert office.gaps(date(2026, 12, 31), nothing) == []
    assert office.gaps(date(2032, 10, 31), nothing) == []
    told = office.gaps(date(2032, 11, 1), nothing)
    assert {gap.year for gap in told} == {2033}
    assert Gap(2033, date(2033, 1, 2), "Eid al-Fitr") in told
    announced = Closing(at("2033-01-01T13:00"), at("2033-01-05"), NOW)
    settled = Changes((announced,), ((date(2033, 3, 10), NOW),))
    left = {gap.day for gap in office.gaps(date(2032, 11, 1), settled)}
    assert left == {gap.day for gap in told} - {
        *(date(2033, 1, day) for day in (1, 2, 3, 4)),
        date(2033, 3, 10),
    }
    withdrawn = Changes((Closing(announced.starts_at, announced.ends_at, NOW, NOW),))
    assert len(office.gaps(date(2032, 11, 1), withdrawn)) == len(told)
    # What lies behind needs no settling.
    assert all(gap.day >= date(2033, 3, 12) for gap in office.gaps(date(2033, 3, 12), nothing) if gap.day)


def test_a_year_without_its_feasts_is_told() -> None:
    assert office.gaps(date(2149, 11, 2), Changes()) == [Gap(2149), Gap(2150)]


def test_the_job_counts_what_is_uncertain_and_the_list_warns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = JobMetrics(CollectorRegistry())
    (job,) = [job for job in periodic_jobs(config.current(), metrics) if job.name == "calendar"]

    def counted() -> float | None:
        return metrics.registry.get_sample_value("logix_holidays_uncertain")

    assert job.run(at("2026-11-22T10:00")) is False
    assert counted() == 0
    job.run(at("2032-11-22T10:00"))
    count = counted()
    assert count and count >= 9
    monkeypatch.setattr(console, "now", lambda: at("2032-11-22T10:00"))
    warned = run("list", "--year", "2033").stderr
    assert warned.count("warning: ") == count
    assert "2033-01-02 (Eid al-Fitr) is only reckoned" in warned
