from __future__ import annotations

from django.apps import AppConfig


class ModulesConfig(AppConfig):
    name = "logix_server.modules"
    label = "modules"
    default_auto_field = "django.db.models.BigAutoField"
