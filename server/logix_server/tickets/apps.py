from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "logix_server.tickets"
    label = "tickets"
    default_auto_field = "django.db.models.BigAutoField"
