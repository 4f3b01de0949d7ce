"""How the link stands, for `logix-agent status`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class LinkStatus:
    """Wall-clock moments in µs, 0 = never; texts are "" when there is nothing to say."""

    connected: bool = False
    since_us: int = 0
    last_acknowledged_us: int = 0
    last_error: str = ""
    reason: str = ""  # a code of logix_common.reasons, when the server refused
    next_try_us: int = 0
    certificate_not_after_us: int = 0
    server_time_us: int = 0
    trust_version: int = 0
    tries: int = 0
    renewals: int = 0
