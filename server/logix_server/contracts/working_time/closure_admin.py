"""Closures in the admin: added and withdrawn by the same actions as on the command line, never changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from logix_common.errors import InvalidInput

from logix_server.accounts.sign_in.sign_ins import actor
from logix_server.administration import ModelT, ReadOnlyAdmin
from logix_server.contracts.models import Closure, ClosureWithdrawal
from logix_server.contracts.working_time import closures


class _Checked(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter when it runs
    """Shows beside its field what an action would refuse."""

    def clean(self) -> dict[str, Any]:
        """As Django's."""
        told = super().clean() or {}
        try:
            if not self.errors:
                self.expect(told)
        except InvalidInput as error:
            self.add_error(error.where if error.where in self.fields else None, error.what)
        return told

    def expect(self, told: dict[str, Any]) -> None:
        """Raises `InvalidInput`."""
        raise NotImplementedError


class ClosureForm(_Checked):
    """From when until when, and why."""

    def expect(self, told: dict[str, Any]) -> None:
        """As `closures.add_closure`."""
        closures.expect_closure(told["starts_at"], told["ends_at"], told["reason"], timezone.now())


class WithdrawalForm(_Checked):
    """A closure of ours or a public holiday, and why."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("closure", "holiday"):  # one of them
            self.fields[name].required = False

    def expect(self, told: dict[str, Any]) -> None:
        """As `closures.withdraw_closure` or `closures.work_on_holiday`."""
        if (told["closure"] is None) == (told["holiday"] is None):
            raise InvalidInput("closure", "name either a closure or a holiday")
        if told["closure"] is not None:
            closures.expect_withdrawal(told["closure"], told["reason"], timezone.now())
        else:
            closures.expect_work(told["holiday"], told["reason"], timezone.now())


class AppendingAdmin(ReadOnlyAdmin[ModelT]):
    """Rows may be added where the user's permissions say so; what is there stays."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super(ReadOnlyAdmin, self).has_add_permission(request)


class ClosureAdmin(AppendingAdmin[Closure]):
    form = ClosureForm
    fields = ("starts_at", "ends_at", "reason")
    list_display = ("id", "starts_at", "ends_at", "reason", "withdrawal", "recorded_at", "recorded_by")
    list_select_related = ("withdrawal",)
    search_fields = ("reason",)
    ordering = ("-starts_at",)

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:  # noqa: ARG002  Django's signature
        made = closures.add_closure(
            obj.starts_at, obj.ends_at, obj.reason, now=timezone.now(), actor=_who(request)
        )
        obj.pk = made.pk


class ClosureWithdrawalAdmin(AppendingAdmin[ClosureWithdrawal]):
    form = WithdrawalForm
    fields = ("closure", "holiday", "reason")
    list_display = ("id", "closure", "holiday", "reason", "recorded_at", "recorded_by")
    list_select_related = ("closure",)
    search_fields = ("reason",)
    ordering = ("-id",)

    def save_model(self, request: HttpRequest, obj: ClosureWithdrawal, form: Any, change: bool) -> None:  # noqa: ARG002  as above
        now, who = timezone.now(), _who(request)
        if obj.closure_id is not None:
            obj.pk = closures.withdraw_closure(obj.closure_id, obj.reason, now=now, actor=who).pk
        elif obj.holiday is not None:
            obj.pk = closures.work_on_holiday(obj.holiday, obj.reason, now=now, actor=who).pk


def _who(request: HttpRequest) -> str:
    return actor(request.user)
