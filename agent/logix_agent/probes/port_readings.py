"""What is known of network ports, as plain facts. Nothing here is judged or read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Port:
    """A physical network port; None = not told.

    `enabled`: administratively up. `downs`: how often the link was lost since the driver was loaded. `best`:
    the highest speed that the port can run, `common`: that both ends advertise, Mbit/s. `negotiates`: the
    speed is not set by hand. `counters`: by the names of rtnl_link_stats64 (rx_crc_errors …). `medium`: what
    the cable is ("twisted pair", "fibre"). `alarms`: (what, whether it is an alarm, not a mere warning) that
    the optical module raises; None = no module tells. `serial` and `model` are then the module's.
    """

    name: str
    enabled: bool | None = None
    link: bool | None = None
    speed: int | None = None
    duplex: str = ""
    downs: int | None = None
    best: int | None = None
    common: int | None = None
    negotiates: bool | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    alarms: tuple[tuple[str, bool], ...] | None = None
    slot: str = ""  # the bus address of the card
    serial: str = ""  # its hardware address
    model: str = ""
    medium: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class BondMember:
    """A member of a bond; `failures`: how often its link was lost."""

    name: str
    up: bool
    failures: int = 0
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Bond:
    """Several ports that stand in for each other."""

    name: str
    members: tuple[BondMember, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class NetReading:
    """All physical ports, and the bonds of them."""

    ports: tuple[Port, ...] = ()
    bonds: tuple[Bond, ...] = ()
