from __future__ import annotations

from django.apps import AppConfig


class ReplacementsConfig(AppConfig):
    name = "logix_server.replacements"
    label = "replacements"
    default_auto_field = "django.db.models.BigAutoField"
