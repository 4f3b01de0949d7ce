"""A user's second factor: set up, asked for, replaced by a recovery code, taken away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyotp
from django.db import transaction
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts import sealing
from logix_server.accounts.access import Forbidden
from logix_server.accounts.models import RecoveryCode, SecondFactor, SignIn
from logix_server.accounts.second_factor.codes import plain, step_of
from logix_server.accounts.sign_in import sign_ins
from logix_server.audit.actions import record

_PURPOSE: Final = "second factor"
_RECOVERY: Final = "recovery code"
CODES: Final = 10
#: Without 0, 1, I, L, O and U. Ten of them are 49 bits, and guesses are limited.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS_A_CODE: Final = 10
_MOST: Final = 32  # of what is typed as a code


@dataclass(frozen=True)
class Factor:
    """What a user may know of the own second factor."""

    confirmed_at: datetime | None
    codes_left: int


def factor_of(user_id: int) -> Factor:
    """How a user's second factor stands."""
    row = SecondFactor.objects.filter(user_id=user_id).first()
    left = RecoveryCode.objects.filter(user_id=user_id, used_at__isnull=True).count()
    return Factor(row.confirmed_at if row else None, left)


def begin(user_id: int) -> str:
    """The secret to show until it is confirmed; the same one each time. What is in use stays in use."""
    row, _new = SecondFactor.objects.get_or_create(user_id=user_id)
    if not row.sealed_next:
        sealed = sealing.seal(pyotp.random_base32(), _PURPOSE, str(user_id))
        SecondFactor.objects.filter(user_id=user_id, sealed_next="").update(sealed_next=sealed)
        row.refresh_from_db()
    return sealing.unseal(row.sealed_next, _PURPOSE, str(user_id))


@transaction.atomic
def confirm(user_id: int, code: str, *, by: str, now: datetime) -> list[str]:
    """Take the shown secret into use where `code` is its code; the recovery codes, told this once.

    What was in use before, and its recovery codes, are good no more. Raises `InvalidInput`.
    """
    row = SecondFactor.objects.select_for_update().filter(user_id=user_id).exclude(sealed_next="").first()
    secret = sealing.unseal(row.sealed_next, _PURPOSE, str(user_id)) if row else ""
    step = step_of(secret, plain(code), now, 0) if row and len(code) <= _MOST else None
    if row is None or step is None:
        raise InvalidInput(
            "code", _("This is not the code of now; look again, and see that the clock is right.")
        )
    row.sealed, row.sealed_next, row.confirmed_at, row.last_step = row.sealed_next, "", now, step
    row.save()
    record(now, by, "second-factor.set", by)
    return _new_codes(user_id)


def check(user_id: int, code: str, now: datetime) -> bool:
    """Whether `code` is the code of now or a recovery code; either is good once.

    The caller counts tries (`accounts.sign_in.tries`).
    """
    typed = plain(code) if len(code) <= _MOST else ""
    row = SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    if row is None or not typed:
        return False
    step = step_of(sealing.unseal(row.sealed, _PURPOSE, str(user_id)), typed, now, row.last_step)
    if step is not None:  # of two who come with the same code at once one is let in
        mine = SecondFactor.objects.filter(user_id=user_id, sealed=row.sealed, last_step__lt=step)
        return mine.update(last_step=step) == 1
    digest = sealing.digest(f"{user_id}:{typed}", _RECOVERY)
    unused = RecoveryCode.objects.filter(user_id=user_id, digest=digest, used_at__isnull=True)
    return unused.update(used_at=now) == 1


@transaction.atomic
def renew_codes(user_id: int, *, by: str, now: datetime) -> list[str]:
    """Ten new recovery codes, told this once; the former are good no more."""
    record(now, by, "second-factor.codes", by)
    return _new_codes(user_id)


def _new_codes(user_id: int) -> list[str]:
    codes = ["".join(secrets.choice(_LETTERS) for _n in range(_LETTERS_A_CODE)) for _c in range(CODES)]
    RecoveryCode.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, digest=sealing.digest(f"{user_id}:{code}", _RECOVERY)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


@transaction.atomic
def turn_off(user_id: int, *, sign_in_id: int, now: datetime) -> None:
    """The owner's own wish; the other sessions end. Raises `Forbidden` for one who has to have one."""
    row = SignIn.objects.select_related("user__person").get(pk=sign_in_id, user_id=user_id)
    if sign_ins.ours(row.user):
        raise Forbidden("people of ours have a second factor")
    by = sign_ins.actor(row.user)
    remove(user_id, subject=by, by=by, why="own wish", now=now, but=sign_in_id)
    SignIn.objects.filter(pk=sign_in_id).update(second_factor_at=None)


@transaction.atomic
def remove(user_id: int, *, subject: str, by: str, why: str, now: datetime, but: int | None = None) -> None:
    """No second factor, no recovery codes, and no session that was opened with them, but one."""
    SecondFactor.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.filter(user_id=user_id).delete()
    sign_ins.end_all(user_id, now, but=but)
    record(now, by, "second-factor.remove", subject, {"why": why})
