"""What a person's wish may meet beside success. Pure."""

from __future__ import annotations

from logix_common.errors import LogixError


class NotFound(LogixError):
    """There is no such thing for this viewer: none at all, or another customer's, which is told alike."""


class Forbidden(LogixError):
    """The viewer may see it, but a person of this role may not do that."""
