"""Module statements in the admin, to look at: they are issued by the jobs role."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.modules.models import ModuleReport, ModuleStatement


@admin.register(ModuleStatement)
class ModuleStatementAdmin(ReadOnlyAdmin[ModuleStatement]):
    list_display = ("unit", "counter", "state", "turns_off", "issued_at", "key_id")
    list_filter = ("state", "turns_off")
    list_select_related = ("unit",)
    search_fields = ("unit__serial",)
    ordering = ("-id",)


@admin.register(ModuleReport)
class ModuleReportAdmin(ReadOnlyAdmin[ModuleReport]):
    list_display = ("unit", "counter", "problem", "told_at")
    list_select_related = ("unit",)
    search_fields = ("unit__serial",)
    ordering = ("unit__serial",)
