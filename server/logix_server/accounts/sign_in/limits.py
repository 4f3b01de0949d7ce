"""How often something may be tried: so many at once, and one more after every so many seconds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True)
class Limit:
    """`at_once` tries, one of which is forgiven every `seconds`."""

    at_once: int
    seconds: float


#: Kind of key -> its limit. A name is known to strangers, so it is given more: who guesses it must not
#: keep its owner out for long, and a browser that the owner has used before counts for itself ("device",
#: OWASP "device cookies"). Behind a proxy all addresses are one.
LIMITS: Final = {
    "name": Limit(20, 15.0),
    "address": Limit(40, 5.0),
    "device": Limit(10, 30.0),
    "second-factor": Limit(5, 300.0),  # of a million codes three fit: a year of guessing finds one in four
    "reset": Limit(3, 1_200.0),  # mails to one address
    "reset-address": Limit(20, 60.0),
    "token": Limit(40, 5.0),  # tries with tokens of mails, an address
    "invite": Limit(20, 1_800.0),  # mails an organisation has sent
}
#: After so many seconds nothing is left of any count.
FORGOTTEN: Final = max(limit.at_once * limit.seconds for limit in LIMITS.values())


def left(count: float, at: datetime, now: datetime, limit: Limit) -> float:
    """What is left now of `count` tries as counted at `at`."""
    return max(0.0, count - max(0.0, (now - at).total_seconds()) / limit.seconds)


def too_many(count: float, limit: Limit) -> bool:
    """Whether one more try has to wait."""
    return count > limit.at_once - 1
