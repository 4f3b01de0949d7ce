"""What roles and standings of people are called."""

from __future__ import annotations

from django import template

from logix_server.portal import words
from logix_server.portal.accounts.words import ROLES, STANDINGS

register = template.Library()


@register.filter
def role_name(code: str) -> str:
    """The role in the language of the page."""
    return words.called(ROLES, code)


@register.filter
def standing_name(code: str) -> str:
    """How a person stands, in the language of the page."""
    return words.called(STANDINGS, code)
