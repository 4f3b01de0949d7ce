"""The audit in the admin, to look at."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.audit.models import Record, Seal


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin[Record]):
    list_display = ("id", "at", "actor", "action", "subject")
    list_filter = ("action",)
    search_fields = ("actor", "subject")
    ordering = ("-id",)


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin[Seal]):
    list_display = ("id", "sealed_at", "first_id", "last_id", "count", "digest")
    ordering = ("-id",)
