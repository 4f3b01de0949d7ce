"""Faults that sensors show: temperature, fans, voltages, supplies. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "temperature.high",
        Component.TEMPERATURE,
        N_("A temperature is above its limit"),
        N_("Check the air flow, the fans and the room."),
    ),
    FindingCode(
        "psu.missing",
        Component.PSU,
        N_("A power supply that was there is gone"),
        N_("Check its seat and cable; replace the supply if it does not come back."),
    ),
    FindingCode(
        "fan.missing",
        Component.FAN,
        N_("A fan that was there is gone"),
        N_("Check its plug; replace the fan if it does not come back."),
    ),
    FindingCode(
        "temperature.throttled",
        Component.TEMPERATURE,
        N_("A processor was slowed down because of its heat"),
        N_("Check the air flow, the fans and the cooler's seat; watch the count."),
    ),
    FindingCode(
        "temperature.reset",
        Component.TEMPERATURE,
        N_("The last reset was caused by overheating"),
        N_("Check the air flow, the fans, the cooler's seat and the room."),
    ),
    FindingCode(
        "fan.stopped",
        Component.FAN,
        N_("A fan stands still or has failed"),
        N_("Replace the fan; watch the temperatures until then."),
    ),
    FindingCode(
        "fan.slow",
        Component.FAN,
        N_("A fan turns more slowly than it should"),
        N_("Clean the fan; replace it if it stays slow."),
    ),
    FindingCode(
        "fan.redundancy-lost",
        Component.FAN,
        N_("The fans are no longer redundant"),
        N_("Find the fan that has failed and replace it."),
    ),
    FindingCode(
        "fan.reset",
        Component.FAN,
        N_("The last reset was caused by a fan fault"),
        N_("Check every fan and replace the one that has failed."),
    ),
    FindingCode(
        "voltage.out-of-limits",
        Component.VOLTAGE,
        N_("A voltage is beyond its limits"),
        N_("Check the power supplies and the mains; replace the supply or the board that makes the voltage."),
    ),
    FindingCode(
        "voltage.overcurrent",
        Component.VOLTAGE,
        N_("A current is above its limit"),
        N_("Check what hangs on the line; replace the part that draws too much."),
    ),
    FindingCode(
        "voltage.clock-battery-low",
        Component.VOLTAGE,
        N_("The clock's battery is nearly empty"),
        N_("Change the battery on the main board; note the firmware's settings first."),
    ),
    FindingCode(
        "psu.failed",
        Component.PSU,
        N_("A power supply has failed"),
        N_("Replace the supply."),
    ),
    FindingCode(
        "psu.predicted-failure",
        Component.PSU,
        N_("A power supply expects to fail"),
        N_("Plan the replacement of the supply."),
    ),
    FindingCode(
        "psu.input-lost",
        Component.PSU,
        N_("A power supply gets no power"),
        N_("Check its cable, its outlet and its fuse; replace the supply if it is fed."),
    ),
    FindingCode(
        "psu.input-out-of-range",
        Component.PSU,
        N_("The power that a supply gets is out of range"),
        N_("Check the mains or the UPS that feeds it."),
    ),
    FindingCode(
        "psu.output-out-of-limits",
        Component.PSU,
        N_("What a power supply puts out is beyond its limits"),
        N_("Replace the supply."),
    ),
    FindingCode(
        "psu.overloaded",
        Component.PSU,
        N_("A power supply gives more than it should"),
        N_("Check that every supply is fed and works; take load away."),
    ),
    FindingCode(
        "psu.configuration",
        Component.PSU,
        N_("A power supply does not go with the others"),
        N_("Fit supplies of one model and rating."),
    ),
    FindingCode(
        "psu.redundancy-lost",
        Component.PSU,
        N_("The power supplies are no longer redundant"),
        N_("Find the supply that has failed or is not fed."),
    ),
    FindingCode(
        "psu.reset",
        Component.PSU,
        N_("The last reset was caused by the power that was supplied"),
        N_("Check the mains, the cable and the supply."),
    ),
    FindingCode(
        "psu.on-battery",
        Component.PSU,
        N_("The appliance runs on the battery of its UPS"),
        N_("Find out whether the mains are out; check the UPS's cable and fuse."),
        hardware=False,
    ),
    FindingCode(
        "psu.battery-failed",
        Component.PSU,
        N_("A battery of the power supply must be replaced"),
        N_("Replace the battery; until then a power cut stops the appliance."),
    ),
    FindingCode(
        "psu.ups-fault",
        Component.PSU,
        N_("The UPS does not guard what hangs on it"),
        N_("Read the UPS's own display; end the bypass or mend what it reports."),
    ),
    FindingCode(
        "temperature.shut-down",
        Component.TEMPERATURE,
        N_("A critical temperature was reached and the system shut down"),
        N_("Do not run it before fans, heat sink and air flow are checked."),
    ),
    FindingCode(
        "voltage.low",
        Component.VOLTAGE,
        N_("The input voltage was too low"),
        N_("Check the power supply and its cable; replace the supply."),
    ),
)
