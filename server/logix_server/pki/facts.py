"""What devices are to trust, as a fact. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Bundle(NamedTuple):
    """A trust bundle as devices are sent it."""

    version: int
    ca_pem: bytes
    statement_keys_pem: bytes = b""
    endorsements: tuple[tuple[str, bytes], ...] = ()  # key id and its signature over the keys
