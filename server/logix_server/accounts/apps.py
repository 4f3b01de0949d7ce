from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "logix_server.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from logix_server.accounts.sign_in.sign_ins import follow_sessions

        follow_sessions()
