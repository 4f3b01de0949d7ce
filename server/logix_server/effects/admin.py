"""The outbox in the admin, to look at; `logix-server effects retry` tries parked ones again."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.effects.models import Effect, Lease


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin[Effect]):
    list_display = ("id", "kind", "key", "created_at", "attempts", "run_after", "done_at", "error")
    list_filter = ("kind", ("done_at", admin.EmptyFieldListFilter))
    search_fields = ("key", "error")
    ordering = ("-id",)


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin[Lease]):
    list_display = ("name", "holder", "expires_at", "last_run_at")
    ordering = ("name",)
