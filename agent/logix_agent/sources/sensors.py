"""Sensors, supplies, controllers, watchdogs and clocks: what is read of them and how it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from logix_common.findings import Component

from logix_agent.detectors import memory
from logix_agent.lazy import lazily
from logix_agent.probes.sensor_readings import HwmonReading
from logix_agent.sources.source import Source, five_minutes, hour, minute

if TYPE_CHECKING:
    from logix_agent.detectors import (
        bmc_log,
        bmc_sensors,
        chips,
        clock_battery,
        firmware,
        fitted_modules,
        power_sources,
        watchdogs,
    )
    from logix_agent.probes import bmc_log as event_log
    from logix_agent.probes import bmc_sensors as controller
    from logix_agent.probes import clock_battery as clock
    from logix_agent.probes import hwmon, smbios
    from logix_agent.probes import power_sources as power
    from logix_agent.probes import watchdogs as timers
else:  # what a machine lacks costs the resident agent no memory
    bmc_log, bmc_sensors, chips, clock_battery = lazily(
        "detectors", "bmc_log", "bmc_sensors", "chips", "clock_battery"
    )
    firmware, power_sources, watchdogs = lazily("detectors", "firmware", "power_sources", "watchdogs")
    (fitted_modules,) = lazily("detectors", "fitted_modules")
    event_log, controller, clock, hwmon = lazily("probes", "bmc_log", "bmc_sensors", "clock_battery", "hwmon")
    smbios, power, timers = lazily("probes", "smbios", "power_sources", "watchdogs")

#: Where the kernel's IPMI driver shows the management controller (Documentation/driver-api/ipmi.rst).
CONTROLLERS: Final = ("/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0")
#: Where it is kept which memory modules are fitted: EDAC counts without serials.
FITTED: Final = "fitted-modules"
CHIPS: Final[Source[HwmonReading]] = Source(
    "hwmon",
    (Component.TEMPERATURE, Component.FAN, Component.VOLTAGE, Component.PSU),
    judge=lambda seen, known: chips.judge(seen, known.notes("fans")),
    blocking=lambda machine: hwmon.read(machine.paths),
    after=lambda known, seen: memory.with_notes(
        known.memory, "fans", chips.remembered(seen, known.notes("fans"))
    ),
)
CONTROLLER_SENSORS: Final[Source[Any]] = Source(
    "ipmi-sensors",
    (Component.TEMPERATURE, Component.FAN, Component.VOLTAGE, Component.PSU),
    judge=lambda seen, _: bmc_sensors.judge(seen),
    asking=lambda machine: controller.read(machine.paths, machine.commands, machine.limit),
    interval=minute,
    questions=5,  # a controller is slow
    places=CONTROLLERS,
)
CONTROLLER_LOG: Final[Source[Any]] = Source(
    "ipmi-sel",
    (Component.SYSTEM,),
    judge=lambda seen, known: bmc_log.judge(seen, known.notes("sel"), known.now),
    asking=lambda machine: event_log.read(machine.paths, machine.commands, machine.limit),
    after=lambda known, seen: memory.with_notes(
        known.memory, "sel", bmc_log.remembered(seen, known.notes("sel"), known.now)
    ),
    places=CONTROLLERS,
    interval=five_minutes,
    questions=5,  # a controller is slow
    lists_parts=False,
)
FIRMWARE: Final[Source[Any]] = Source(
    "smbios",
    (Component.PSU,),
    judge=lambda seen, _: firmware.judge(seen),
    asking=lambda machine: smbios.read(machine.commands, machine.limit),
    before=lambda known, seen: memory.with_notes(
        known.memory, FITTED, fitted_modules.noted(seen, known.notes(FITTED))
    ),
    interval=hour,
)
POWER_SUPPLIES: Final[Source[Any]] = Source(
    "power-supply",
    (Component.PSU,),
    judge=lambda seen, _: power_sources.judge(seen),
    blocking=lambda machine: power.read(machine.paths),
    places=("/sys/class/power_supply",),
)
UPS: Final[Source[Any]] = Source(
    "ups",
    (Component.PSU,),
    judge=lambda seen, _: power_sources.judge(seen),
    asking=lambda machine: power.read_ups(machine.commands, machine.limit),
    interval=minute,
    questions=2,
)
WATCHDOGS: Final[Source[Any]] = Source(
    "watchdog",
    (Component.SYSTEM,),
    judge=lambda seen, _: watchdogs.judge(seen),
    blocking=lambda machine: timers.read(machine.paths),
    interval=hour,
    places=("/sys/class/watchdog",),
)
CLOCK: Final[Source[Any]] = Source(
    "rtc",
    (Component.SYSTEM,),
    judge=lambda seen, _: clock_battery.judge(seen),
    blocking=lambda machine: clock.read(machine.paths),
    interval=hour,
    places=("/proc/driver/rtc",),
)
