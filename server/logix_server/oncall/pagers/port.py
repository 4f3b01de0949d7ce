"""The port of a channel by which a person is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from logix_common.errors import LogixError


class PagerFailed(LogixError):
    """The call was not taken. `again`: a further attempt may succeed."""

    def __init__(self, what: str, *, again: bool = True) -> None:
        super().__init__(what)
        self.again = again


@dataclass(frozen=True)
class Called:
    """The person who is called."""

    name: str
    email: str
    phone: str  # E.164 or ""
    language: str


@dataclass(frozen=True)
class Call:
    """One try. `key` is the same for every attempt of one step: who knows it has called already."""

    key: str
    page: int
    about: str
    text: str  # in the person's language, one line
    link: str  # where the person acknowledges
    person: Called
    at: datetime


class Pager(Protocol):
    """Safe to use from many threads at once; touches no database."""

    @property
    def name(self) -> str:
        """Of the channel, as it is stored with a try."""

    def reaches(self, person: Called) -> bool:
        """Whether this channel knows how to reach that person."""

    def send(self, call: Call) -> str:
        """Hand the call over and return what the other end said; raises `PagerFailed`.

        Returns or raises within the channel's time limit, whatever the other end does.
        """
