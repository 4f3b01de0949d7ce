"""Tags of the components: badges, moments, what codes are called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from logix_server.portal import words
from logix_server.portal.time_left import Pressure, TimeLeft

register = template.Library()


@register.simple_tag
def level_badge(level: int) -> SafeString:
    """The level as a badge: number and word, a shape and a colour."""
    name = words.called(words.LEVELS, level)
    return format_html('<span class="badge level level-{}">{}</span>', level, name)


@register.simple_tag
def state_badge(state: str) -> SafeString:
    """A ticket's state as a badge."""
    return format_html(
        '<span class="badge state state-{}">{}</span>', state, words.called(words.STATES, state)
    )


@register.simple_tag
def urgent_badge() -> SafeString:
    """Redundancy is lost (PRI-4): it cannot wait."""
    return format_html('<span class="badge urgent">{}</span>', _("urgent"))


@register.simple_tag
def time_left_chip(left: TimeLeft) -> SafeString:
    """The response clock in words and colour."""
    return format_html('<span class="chip time-{}">{}</span>', left.pressure.value, words.time_left(left))


@register.simple_tag
def moment(value: datetime | None, otherwise: str = "-") -> SafeString | str:
    """A moment in Istanbul's time, day and minute; for programs with its offset."""
    if value is None:
        return otherwise
    local = timezone.localtime(value)
    shown = date_format(local, "j M Y H:i")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), shown)


@register.filter
def said(text: dict[str, str]) -> str:
    """Of a text kept in both languages the one of the page."""
    return words.said(text or {})


@register.filter
def unlocalized(value: float) -> str:
    """A number as programs read it, for what is drawn."""
    return f"{value:g}"


@register.filter
def package(code: str) -> str:
    """The package as it is sold."""
    return words.package(code)


@register.filter
def called(code: Any, table: str) -> str:
    """What a code of a table of `words` is called: `{{ component|called:"COMPONENTS" }}`."""
    return words.called(getattr(words, table), code)


@register.filter
def worked(span: timedelta) -> str:
    """Working time, in hours and minutes."""
    minutes = span // timedelta(minutes=1)
    return words.span(TimeLeft(Pressure.LEFT, 0, minutes // 60, minutes % 60))


@register.filter
def clauses(listed: Any) -> str:
    """Clauses side by side, each once."""
    return ", ".join(dict.fromkeys(str(one) for one in listed or ()))
