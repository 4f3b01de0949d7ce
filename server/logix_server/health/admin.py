"""Faults in the admin, to look at: devices open and close them."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.health.models import Fault, FaultEvent, Suppression


@admin.register(Fault)
class FaultAdmin(ReadOnlyAdmin[Fault]):
    list_display = (
        "id",
        "unit",
        "component",
        "part",
        "code",
        "severity",
        "urgent",
        "state",
        "suppressed_by",
        "raised_at",
        "covered",
        "ticket_number",
    )
    list_filter = ("state", "covered", "component", "severity")
    list_select_related = ("unit", "suppressed_by")
    search_fields = ("unit__serial", "part", "code", "ticket_number")
    ordering = ("-id",)


@admin.register(FaultEvent)
class FaultEventAdmin(ReadOnlyAdmin[FaultEvent]):
    list_display = ("id", "fault_id", "at", "kind")
    list_filter = ("kind",)
    search_fields = ("=fault__id", "fault__unit__serial")
    ordering = ("-id",)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin[Suppression]):
    list_display = ("id", "unit", "kind", "part", "code", "severity", "until", "state", "created_by", "why")
    list_filter = ("kind", "state")
    list_select_related = ("unit",)
    search_fields = ("unit__serial", "part", "code", "why")
    ordering = ("-id",)
