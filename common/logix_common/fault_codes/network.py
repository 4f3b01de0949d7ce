"""Faults of network ports. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "nic.missing",
        Component.NIC,
        N_("A network port that was there is gone"),
        N_("Check the network card and its seat; replace it if the port does not come back."),
    ),
    FindingCode(
        "nic.transmit-hang",
        Component.NIC,
        N_("The network port stopped sending and was reset"),
        N_("Update driver and firmware; replace the network card if it goes on."),
    ),
    FindingCode(
        "nic.failed",
        Component.NIC,
        N_("The network card has failed or was lost"),
        N_("Check its seat and cooling; replace the network card."),
    ),
    FindingCode(
        "nic.link-flapping",
        Component.NIC,
        N_("The link of a network port goes down and comes back again and again"),
        N_("Change the cable; check the port at the other end."),
    ),
    FindingCode(
        "nic.link-lost",
        Component.NIC,
        N_("A network port that is meant to be up has no link"),
        N_("Check the cable and the other end; replace the network card if they are sound."),
    ),
    FindingCode(
        "nic.speed-low",
        Component.NIC,
        N_("A network port runs slower than it can"),
        N_("Change the cable, a broken pair allows 100 Mbit/s only; check the port at the other end."),
    ),
    FindingCode(
        "nic.half-duplex",
        Component.NIC,
        N_("A network port runs half duplex"),
        N_("Set both ends to negotiate by themselves; change the cable."),
    ),
    FindingCode(
        "nic.receive-errors",
        Component.NIC,
        N_("A network port receives damaged frames"),
        N_("Change the cable or the optic; check the port at the other end."),
    ),
    FindingCode(
        "nic.transmit-errors",
        Component.NIC,
        N_("A network port fails to send frames"),
        N_("Change the cable or the optic; update the driver; replace the card if it goes on."),
    ),
    FindingCode(
        "nic.bond-degraded",
        Component.NIC,
        N_("A bond of network ports has lost a member"),
        N_("Check the cable, the port and the port at the other end."),
    ),
    FindingCode(
        "nic.bond-down",
        Component.NIC,
        N_("A bond of network ports has no member that works"),
        N_("Check the cables and the switch at once."),
    ),
    FindingCode(
        "nic.optics",
        Component.NIC,
        N_("The optical module of a network port is out of its limits"),
        N_("Clean the connectors; replace the module or the fibre."),
    ),
)
