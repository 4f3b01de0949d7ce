from __future__ import annotations

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "logix_server.visits"
    label = "visits"
    default_auto_field = "django.db.models.BigAutoField"
