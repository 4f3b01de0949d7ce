from __future__ import annotations

from django.apps import AppConfig


class PkiConfig(AppConfig):
    name = "logix_server.pki"
    label = "pki"
    default_auto_field = "django.db.models.BigAutoField"
