from __future__ import annotations

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "logix_server.mail"
    label = "mail"
    default_auto_field = "django.db.models.BigAutoField"
