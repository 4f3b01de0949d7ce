"""The second factor: RFC 6238's own codes, good once, for nobody else, sealed, and with a way back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server.accounts import sealing
from logix_server.accounts.models import RecoveryCode, SecondFactor, SignIn
from logix_server.accounts.second_factor import codes, keeping
from logix_server.accounts.sign_in import sign_ins
from logix_server.audit.models import Record

from tests.server.people import person

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: RFC 6238, appendix B: this secret, SHA-1; the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def code_at(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret).at(now)


@pytest.mark.parametrize(("second", "code"), RFC_CODES)
def test_the_codes_are_those_of_the_rfc(second: int, code: str) -> None:
    assert codes.step_of(RFC_SECRET, code, at(second), 0) == second // 30


@given(st.integers(0, 2**33), st.integers(-5, 5))
def test_a_code_is_good_half_a_minute_early_and_late_and_only_past_the_last(second: int, away: int) -> None:
    second = max(second, 300)
    step = second // 30 + away
    code = pyotp.TOTP(RFC_SECRET).generate_otp(step)
    now = at(second)
    if abs(away) <= 1:
        assert codes.step_of(RFC_SECRET, code, now, step - 1) == step
    assert codes.step_of(RFC_SECRET, code, now, max(step, second // 30 + 1)) is None


@pytest.mark.parametrize("code", ["", "000000", "28708", "2870822", "２８７０８２", "28708\x00", "x" * 5_000])
def test_what_is_no_code_is_none(code: str) -> None:
    assert codes.step_of(RFC_SECRET, code, at(59), 0) is None


def test_what_people_put_between_is_left_out() -> None:
    assert codes.plain(" 287 082\n") == "287082"
    assert codes.plain("abcd2-efgh3") == "ABCD2EFGH3"


@pytest.mark.database
@pytest.mark.django_db
class TestKeeping:
    @pytest.fixture
    def user_id(self) -> int:
        return int(person("support-engineer").user_id or 0)

    def set_up(self, user_id: int, now: datetime = NOW) -> tuple[str, list[str]]:
        secret = keeping.begin(user_id)
        return secret, keeping.confirm(user_id, code_at(secret, now), by="user:x", now=now)

    def test_until_it_is_confirmed_there_is_none(self, user_id: int) -> None:
        secret = keeping.begin(user_id)
        assert keeping.begin(user_id) == secret  # a page that is loaded again shows the same picture
        assert keeping.factor_of(user_id).confirmed_at is None
        assert not keeping.check(user_id, code_at(secret, NOW), NOW)
        with pytest.raises(InvalidInput, match="code"):
            keeping.confirm(user_id, "000000", by="user:x", now=NOW)
        with pytest.raises(InvalidInput, match="code"):
            keeping.confirm(user_id, "0" * 100, by="user:x", now=NOW)

    def test_a_code_is_good_once_also_the_first(self, user_id: int) -> None:
        secret, _ = self.set_up(user_id)
        assert not keeping.check(user_id, code_at(secret, NOW), NOW)
        later = NOW + timedelta(seconds=30)
        assert keeping.check(user_id, code_at(secret, later), later)
        assert not keeping.check(user_id, code_at(secret, later), later)
        assert not keeping.check(user_id, code_at(secret, NOW), later)  # an older one neither

    def test_a_recovery_code_is_good_once_however_it_is_typed(self, user_id: int) -> None:
        _, told = self.set_up(user_id)
        assert (len(told), len(set(told))) == (10, 10)
        assert keeping.check(user_id, told[0].lower().replace("-", " "), NOW)
        assert not keeping.check(user_id, told[0], NOW)
        assert keeping.factor_of(user_id).codes_left == 9
        other = int(person("support-engineer").user_id or 0)
        self.set_up(other)
        assert not keeping.check(other, told[1], NOW)
        renewed = keeping.renew_codes(user_id, by="user:x", now=NOW)
        assert not keeping.check(user_id, told[1], NOW)
        assert keeping.check(user_id, renewed[1], NOW)

    def test_neither_secret_nor_codes_lie_open_and_none_is_told_in_the_audit(self, user_id: int) -> None:
        secret, told = self.set_up(user_id)
        row = SecondFactor.objects.get(user_id=user_id)
        stored = f"{row.sealed} {list(RecoveryCode.objects.values_list('digest', flat=True))}"
        stored += str(list(Record.objects.values()))
        assert secret not in stored
        assert not any(code.replace("-", "") in stored for code in told)
        assert row.sealed_next == ""

    def test_a_sealed_secret_opens_for_its_owner_alone(self, user_id: int, settings: Any) -> None:
        self.set_up(user_id)
        sealed = SecondFactor.objects.get(user_id=user_id).sealed
        for purpose, owner in (("second factor", "999"), ("invitation", str(user_id))):
            with pytest.raises(sealing.CannotUnseal):
                sealing.unseal(sealed, purpose, owner)
        with pytest.raises(sealing.CannotUnseal):
            sealing.unseal(sealed[:-8] + "AAAAAAA=", "second factor", str(user_id))
        settings.SECRET_KEY = "another"
        with pytest.raises(sealing.CannotUnseal):
            sealing.unseal(sealed, "second factor", str(user_id))

    def test_another_authenticator_takes_the_place_once_it_is_confirmed(self, user_id: int) -> None:
        first, told = self.set_up(user_id)
        second = keeping.begin(user_id)
        assert second != first
        later = NOW + timedelta(minutes=2)
        assert keeping.check(user_id, code_at(first, later), later)
        keeping.confirm(user_id, code_at(second, later), by="user:x", now=later)
        much = later + timedelta(minutes=2)
        assert not keeping.check(user_id, code_at(first, much), much)
        assert not keeping.check(user_id, told[0], much)
        assert keeping.check(user_id, code_at(second, much), much)

    def test_taken_away_it_takes_the_sessions_along(self, user_id: int) -> None:
        self.set_up(user_id)
        sign_ins.begin(user_id, "", "", NOW)
        keeping.remove(user_id, subject="person:m", by="user:boss", why="called back", now=NOW)
        assert not SecondFactor.objects.exists()
        assert not RecoveryCode.objects.exists()
        assert SignIn.objects.get().end == "revoked"
        record = Record.objects.get(action="second-factor.remove")
        assert (record.actor, record.subject, record.detail) == (
            "user:boss",
            "person:m",
            {"why": "called back"},
        )


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_many_who_come_with_one_code_at_once_one_is_let_in() -> None:
    user_id = int(person("support-engineer").user_id or 0)
    secret = keeping.begin(user_id)
    told = keeping.confirm(user_id, code_at(secret, NOW), by="user:x", now=NOW)
    later = NOW + timedelta(minutes=1)
    for code in (code_at(secret, later), told[3]):
        let_in: list[bool] = []
        start = threading.Barrier(6)

        def come(code: str = code, let_in: list[bool] = let_in, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                let_in.append(keeping.check(user_id, code, later))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=come) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(let_in) == [False] * 5 + [True]
