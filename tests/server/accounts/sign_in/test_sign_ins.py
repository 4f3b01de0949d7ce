"""Sessions: how long they last, what is seen of them, how they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.accounts.models import SignIn
from logix_server.accounts.sign_in import sign_ins
from logix_server.accounts.sign_in.durations import Durations, ends_at
from logix_server.audit.models import Record

from tests.server.people import person

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
minutes = st.integers(0, 100_000).map(lambda n: timedelta(minutes=n))


@given(minutes, minutes, minutes)
def test_a_session_never_outlasts_either_bound(seen: timedelta, whole: timedelta, idle: timedelta) -> None:
    end = ends_at(NOW, NOW + seen, Durations(whole, idle))
    assert end <= NOW + whole
    assert end <= NOW + seen + idle
    assert end in (NOW + whole, NOW + seen + idle)


@pytest.mark.database
@pytest.mark.django_db
class TestSessions:
    def begun(self, role: str) -> tuple[int, int]:
        user_id = int(person(role).user_id or 0)
        return user_id, sign_ins.begin(user_id, "192.0.2.7", "Firefox\n\x00" + "x" * 300, NOW)

    @pytest.mark.parametrize(
        ("role", "idle", "whole"),
        [
            ("support-engineer", timedelta(hours=2), timedelta(hours=12)),
            ("customer-user", timedelta(days=1), timedelta(days=7)),
        ],
    )
    def test_idle_and_in_all_it_lasts_as_the_role_says(
        self, role: str, idle: timedelta, whole: timedelta
    ) -> None:
        user_id, one = self.begun(role)
        almost = idle - timedelta(seconds=1)
        now = NOW
        while now + almost < NOW + whole:
            now += almost
            assert sign_ins.look(one, user_id, now) is not None
        assert sign_ins.look(one, user_id, NOW + whole) is None
        assert SignIn.objects.get(pk=one).end == "expired"
        user_id, other = self.begun(role)
        assert sign_ins.look(other, user_id, NOW + idle) is None

    def test_a_page_that_looks_by_itself_keeps_no_session_alive(self) -> None:
        user_id, one = self.begun("support-engineer")
        for minute in range(0, 120, 5):
            assert sign_ins.look(one, user_id, NOW + timedelta(minutes=minute), active=False)
        assert sign_ins.look(one, user_id, NOW + timedelta(hours=2), active=False) is None

    def test_somebody_elses_or_none_at_all_is_no_session(self) -> None:
        user_id, one = self.begun("customer-user")
        other = int(person("customer-user").user_id or 0)
        assert sign_ins.look(one, other, NOW) is None
        for nonsense in (None, "1", one + 1, {"a": 1}):
            assert sign_ins.look(nonsense, user_id, NOW) is None
        assert not sign_ins.end(other, one, by="contact:x", now=NOW)
        assert sign_ins.look(one, user_id, NOW) is not None

    def test_ended_one_by_one_or_all_but_one(self) -> None:
        user_id, first = self.begun("customer-user")
        second = sign_ins.begin(user_id, "", "", NOW)
        third = sign_ins.begin(user_id, "", "", NOW)
        assert sign_ins.end(user_id, second, by="contact:x", now=NOW)
        assert not sign_ins.end(user_id, second, by="contact:x", now=NOW)
        assert {row.sign_in_id for row in sign_ins.of_user(user_id, NOW)} == {first, third}
        assert sign_ins.end_others(user_id, third, by="contact:x", now=NOW) == 1
        assert [row.sign_in_id for row in sign_ins.of_user(user_id, NOW)] == [third]
        assert Record.objects.filter(action="sign-in.end").count() == 2

    def test_what_a_browser_calls_itself_is_kept_short_and_printable(self) -> None:
        user_id, _ = self.begun("customer-user")
        (row,) = sign_ins.of_user(user_id, NOW)
        assert (row.address, row.device) == ("192.0.2.7", "Firefox" + "x" * 193)
        assert sign_ins.of_user(user_id, NOW + timedelta(days=1)) == []
