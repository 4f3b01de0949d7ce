"""Who signs in: a user name or a mail address, and a password, looked at in the same time whoever it is.

Every session names this class by its path: whoever moves it signs everybody out.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from logix_server.accounts.queries import user_name_of


class NameOrMailBackend(ModelBackend):
    """Django's, which hashes a password also where there is no such user; by mail address too."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if username and "@" in username:
            # An unknown address is looked up as it stands, which no user name equals.
            username = user_name_of(username) or username
        return super().authenticate(request, username, password, **kwargs)
