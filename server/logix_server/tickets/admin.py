"""Tickets, their history and notices in the admin, to look at."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.tickets.models import Notice, Ticket, TicketEvent


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin[Ticket]):
    list_display = (
        "number",
        "unit",
        "component",
        "part",
        "level",
        "urgent",
        "package",
        "deadline",
        "state",
        "clauses",
    )
    list_filter = ("state", "level", "urgent", "package", "component")
    list_select_related = ("unit",)
    search_fields = ("number", "unit__serial", "part", "installation__customer__name")
    ordering = ("level", "-urgent", "deadline", "id")


@admin.register(TicketEvent)
class TicketEventAdmin(ReadOnlyAdmin[TicketEvent]):
    list_display = ("id", "ticket", "at", "kind", "actor", "public")
    list_filter = ("kind", "public")
    list_select_related = ("ticket",)
    search_fields = ("ticket__number",)
    ordering = ("-id",)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin[Notice]):
    list_display = ("id", "kind", "organisation", "clauses", "created_at", "sent_at")
    list_filter = ("kind",)
    list_select_related = ("organisation",)
    search_fields = ("organisation__name",)
    ordering = ("-id",)
