"""Faults of the system as a whole, and of the agent itself. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "system.spool-unwritable",
        Component.SYSTEM,
        N_("The agent cannot write its store; it reports from memory"),
        N_("Check the disk and the file system that hold the agent's state."),
        hardware=False,
    ),
    FindingCode(
        "system.panic",
        Component.SYSTEM,
        N_("The kernel has stopped with a panic"),
        N_("Save the kernel log; look for a hardware fault reported before it."),
        hardware=False,
    ),
    FindingCode(
        "system.out-of-memory",
        Component.SYSTEM,
        N_("Memory ran out and the kernel ended a process"),
        N_("Look for what uses the memory; add memory if the load is right."),
        hardware=False,
    ),
    FindingCode(
        "system.hung-task",
        Component.SYSTEM,
        N_("A task waited so long that the kernel complained"),
        N_("Look for a slow disk or network storage; update the kernel if there is none."),
        hardware=False,
    ),
    FindingCode(
        "system.lockup",
        Component.SYSTEM,
        N_("A processor was locked up"),
        N_("Save the kernel log and update kernel and firmware; look for hardware faults."),
        hardware=False,
    ),
    FindingCode(
        "system.kernel-fault",
        Component.SYSTEM,
        N_("The kernel has met an error of its own"),
        N_("Save the kernel log, update the kernel and restart; test the memory if it comes again."),
        hardware=False,
    ),
    FindingCode(
        "system.watchdog-reset",
        Component.SYSTEM,
        N_("The watchdog has reset the system"),
        N_("Save the kernel log from before; look for lockups, heat and supply faults."),
        hardware=False,
    ),
    FindingCode(
        "system.nmi",
        Component.SYSTEM,
        N_("The board reports a bus or hardware error by an interrupt"),
        N_("Check cards and memory; update the firmware."),
    ),
    FindingCode(
        "system.pcie-corrected",
        Component.SYSTEM,
        N_("A PCI Express link has corrected errors"),
        N_("Seat the card anew; watch the count."),
    ),
    FindingCode(
        "system.pcie-uncorrected",
        Component.SYSTEM,
        N_("A PCI Express link has errors that could not be corrected"),
        N_("Seat the card anew or change the slot; replace the card."),
    ),
    FindingCode(
        "system.storage-controller",
        Component.SYSTEM,
        N_("The storage controller has failed or was reset"),
        N_("Update its firmware; replace the controller if it comes again."),
    ),
    FindingCode(
        "system.gpu-fault",
        Component.SYSTEM,
        N_("A graphics processor reports a hardware fault"),
        N_("Seat the card anew, check its power; replace the card."),
    ),
    FindingCode(
        "system.module-failed",
        Component.SYSTEM,
        N_("A module of the appliance has failed"),
        N_("Read the unit's journal and start the unit again; update the module if it keeps failing."),
        hardware=False,
    ),
)
