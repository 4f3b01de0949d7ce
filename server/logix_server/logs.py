"""Structured logs on standard error: JSON for machines, lines for a terminal. Django's go along."""

from __future__ import annotations

import logging
import re
import sys
from typing import Final

import structlog

_role: str = ""


def _with_role(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    # Not a context variable: those stay behind where a library starts threads of its own.
    event.setdefault("role", _role)
    return event


def _without_rights(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    # Some addresses are a right for whoever holds them: no reader of logs takes up a page by one.
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _RIGHT.sub(r"\1-", value)
    return event


#: The link of a page, and of an invitation or a new password.
_RIGHT: Final = re.compile(r"(/page/(?!reply/)|/password/new/\?t=)[^/\s\"'&]+")
_SHARED: Final[list[structlog.typing.Processor]] = [
    structlog.contextvars.merge_contextvars,
    _with_role,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    _without_rights,
]


def set_up(role: str, *, debug: bool = False) -> None:
    """Log as `role` from now on, everything through one formatter; call it once a process."""
    global _role
    _role = role
    terminal = sys.stderr.isatty()
    renderers: list[structlog.typing.Processor] = (
        # Without the variables that its tracebacks would show: they hold tokens, passwords and keys.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if terminal
        else [
            structlog.processors.format_exc_info,
            _without_rights,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for noisy in ("asyncio", "grpc", "waitress", "django.db.backends"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
