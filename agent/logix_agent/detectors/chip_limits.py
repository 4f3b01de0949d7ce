"""Which values and limits of a monitoring chip are to be believed. Pure.

Chips tell every register, set or not: 0, 127, -128, 65261.85 are what nobody set or connected
(kernel: hwmon/sysfs-interface.rst; hwmon/it87.rst, hwmon/nct6775.rst on alarms of limits that are not set).
"""

from __future__ import annotations

import re
from typing import Final

from logix_agent.probes.sensor_readings import Channel

#: °C that a sensor in a running machine shows, and that a limit can sensibly be.
PLAUSIBLE_CELSIUS: Final = (-40.0, 150.0)
PLAUSIBLE_CELSIUS_LIMIT: Final = (30.0, 150.0)
#: What an open input or an unset register of 8 or 9 bits reads.
_OPEN_CELSIUS: Final = frozenset({0.0, 127.0, 127.5, 127.75, 127.875, 127.9, 128.0, -128.0})
MAX_RPM: Final = 50_000.0
MAX_RPM_LIMIT: Final = 30_000.0
#: A window of voltages that somebody set lies around a nominal value; one of raw registers does not.
_WINDOW: Final = 1.6
#: Further than that outside its window an input is not scaled, or not connected.
_FAR: Final = 0.5
#: Channels of batteries and charging ports: their limits are what they can do, not what they may.
_NO_RAILS: Final = re.compile(
    r"(ucsi_source_psy|bat[0-9]|ac[0-9]?\Z|adp[0-9]|hidpp_battery|cros_)", re.IGNORECASE
)
#: Inputs of Super I/O chips that boards leave open; they show any temperature.
_OPEN_PIN: Final = re.compile(r"(AUXTIN|CPUTIN|SYSTIN\s?[2-9])", re.IGNORECASE)


def celsius(channel: Channel) -> float | None:
    """The temperature, or None for one that no connected sensor shows."""
    value = channel.value
    if channel.faulty or value is None or value in _OPEN_CELSIUS or _OPEN_PIN.match(channel.label):
        return None
    return value if PLAUSIBLE_CELSIUS[0] <= value <= PLAUSIBLE_CELSIUS[1] else None


def celsius_limit(channel: Channel, name: str) -> float | None:
    """The limit, or None for one that nobody set; a warning at or above the critical limit is none."""
    value = channel.limits.get(name)
    if value is None or value in _OPEN_CELSIUS:
        return None
    if not PLAUSIBLE_CELSIUS_LIMIT[0] <= value <= PLAUSIBLE_CELSIUS_LIMIT[1]:
        return None
    critical = celsius_limit(channel, "crit") if name == "max" else None
    return None if critical is not None and value >= critical else value


def slowest(channel: Channel) -> float | None:
    """The RPM below which the chip wants a fan never to turn; None where nobody set it."""
    value = channel.limits.get("min")
    return value if value is not None and 0 < value <= MAX_RPM_LIMIT else None


def is_rail(channel: Channel) -> bool:
    """Whether a voltage or current is one that must hold; those of batteries and ports come and go."""
    return _NO_RAILS.match(channel.chip) is None and "/power_supply/" not in channel.source


def window(channel: Channel, low: str, high: str, *, wide: bool = False) -> tuple[float | None, float | None]:
    """The limits of a voltage that somebody set, (low, high); both None where they are raw registers.

    `wide`: the limits are sure to be meant, as those of a supply are: mains are 90 to 264 V.
    """
    bottom, top = channel.limits.get(low), channel.limits.get(high)
    bottom = bottom if bottom is not None and bottom > 0 else None
    top = top if top is not None and top > 0 else None
    if not wide and bottom is not None and top is not None and not bottom < top <= _WINDOW * bottom:
        return None, None
    return bottom, top


def near(value: float, low: float | None, high: float | None) -> bool:
    """Whether a voltage is in the order of its limits; one that is not is no rail of this machine."""
    return (low is None or value >= _FAR * low) and (high is None or value <= (1 + _FAR) * high)
