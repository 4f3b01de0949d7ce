"""Faults that a management controller or a watchdog names beyond what sensors measure. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "disk.bay-fault",
        Component.DISK,
        N_("A drive bay reports that its disk has failed"),
        N_("Replace the disk in that bay."),
    ),
    FindingCode(
        "disk.bay-predicted-failure",
        Component.DISK,
        N_("A drive bay reports that its disk expects to fail"),
        N_("Back up the data and replace the disk in that bay."),
    ),
    FindingCode(
        "raid.rebuild-aborted",
        Component.RAID,
        N_("The rebuild of a RAID array was broken off"),
        N_("Find out which disk stopped it; replace it and rebuild the array."),
    ),
    FindingCode(
        "raid.cache-battery",
        Component.RAID,
        N_("The battery of a RAID controller's cache is weak"),
        N_("Replace the battery; until then the controller writes without its cache."),
    ),
    FindingCode(
        "system.bus-error",
        Component.SYSTEM,
        N_("A bus of the main board has had an error that it could not correct"),
        N_("Find the card by the controller's log; seat it anew or replace it."),
    ),
    FindingCode(
        "system.bus-corrected",
        Component.SYSTEM,
        N_("A bus of the main board has had errors that were corrected"),
        N_("Watch the count; seat the card anew when it grows."),
    ),
    FindingCode(
        "system.external-reset",
        Component.SYSTEM,
        N_("The last reset came from an external relay"),
        N_("Check what is wired to the watchdog's inputs."),
    ),
    FindingCode(
        "system.hardware-failure",
        Component.SYSTEM,
        N_("The firmware reports a hardware failure that it cannot name"),
        N_("Read the controller's log and run the vendor's diagnosis."),
    ),
    FindingCode(
        "system.firmware-error",
        Component.SYSTEM,
        N_("The firmware's start test found a fault"),
        N_("Read its message on the console; replace the part that it names."),
    ),
    FindingCode(
        "system.power-control",
        Component.SYSTEM,
        N_("The machine's power control does not work"),
        N_("Replace the main board or the power unit."),
    ),
    FindingCode(
        "system.slot-fault",
        Component.SYSTEM,
        N_("An expansion slot reports a fault"),
        N_("Seat the card anew; replace it or the board if the fault stays."),
    ),
    FindingCode(
        "system.os-stopped",
        Component.SYSTEM,
        N_("The operating system stopped with an error"),
        N_("Read the kernel log of that time."),
        hardware=False,
    ),
    FindingCode(
        "system.clock-battery",
        Component.SYSTEM,
        N_("The battery of the clock is empty"),
        N_("Change the battery on the main board; note the firmware's settings first."),
    ),
)
