"""Versions of a product's software: the release one belongs to, and its successor's (UPD-7). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

_PART: Final = re.compile(r"[0-9]+|[a-z]+")
_BEFORE_RELEASE: Final = ("alpha", "beta", "rc", "pre", "dev")
Key = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Release:
    """A version as it was released on a day."""

    version: str
    released_on: date


def order(version: str) -> Key:
    """What sorts versions as people number them: 7.9 before 7.10, 7.1-rc1 before 7.1, 7.1 before 7.1.1."""
    key = []
    for part in _PART.findall(version.strip().lower().removeprefix("v")):
        if part.isdigit():
            key.append((2, int(part[:18]), ""))
        else:
            key.append((0 if part in _BEFORE_RELEASE else 1, 0, part))
    # The end of a version stands above a mark that comes before the release, below any other part.
    return (*key, (1, -1, ""))


def release_of(installed: str, releases: Iterable[Release]) -> Release | None:
    """The release that an installed version belongs to; None where none is known.

    Itself where it is recorded, else the longest one that it continues: 7.1.3 is a fix of 7.1.
    """
    wanted = order(installed)[:-1]
    known = [(order(release.version)[:-1], release) for release in releases]
    fitting = [(len(key), release) for key, release in known if key and key == wanted[: len(key)]]
    return max(fitting, key=lambda pair: pair[0], default=(0, None))[1]


def successor_of(release: Release, releases: Iterable[Release]) -> Release | None:
    """The first released of the versions above `release`, if any; its day starts the last year (UPD-7)."""
    own = order(release.version)
    above = [one for one in releases if order(one.version) > own]
    return min(above, key=lambda one: (one.released_on, order(one.version)), default=None)


def upgrade_steps(release: Release, releases: Iterable[Release], day: date) -> tuple[Release, ...]:
    """The releases above `release` that were out by `day`, lowest first: the way that data takes (UPD-8).

    Tools carry data over from the immediately preceding version only, so that each step is one version.
    """
    own = order(release.version)
    above = {order(one.version): one for one in releases if order(one.version) > own}
    return tuple(one for _, one in sorted(above.items()) if one.released_on <= day)


def data_carried_over(release: Release, target: Release, releases: Iterable[Release]) -> bool:
    """Whether the manufacturer provides tools to carry data from `release` to `target` (UPD-8)."""
    return upgrade_steps(release, releases, target.released_on)[:1] == (target,)
