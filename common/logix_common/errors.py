"""Errors that both ends know. A message says what is wrong, where, and what to do."""

from __future__ import annotations


class LogixError(Exception):
    """Base of every error that this project raises on purpose."""


class InvalidInput(LogixError):
    """Input from outside that is refused.

    `where` names the field or file and line, `what` the expectation that it missed.
    """

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class IllegalTransition(LogixError):
    """A pair of states that no transition table lists."""


class Refused(LogixError):
    """A request that is understood and denied; `reason` is a code of `logix_common.reasons`."""

    def __init__(self, reason: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
