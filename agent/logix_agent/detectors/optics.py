"""Optical modules of network ports, by their own limits (SFF-8472, table 9-5; SFF-8636, table 6-6). Pure.

Where the port has no link the module's light tells nothing: no fibre need be plugged in, and a port that is
down has its laser off. Its heat and its voltage are judged all the same.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.port_readings import NetReading, Port
from logix_agent.probes.readings import CannotTell

OPTICS: Final = "nic.optics"


def judge(reading: NetReading | CannotTell) -> Judgement:
    """Verdicts on the modules of a running machine's ports."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.NIC, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for port in reading.ports:
        if port.alarms is None:
            continue
        verdicts = PartVerdicts(f"nic:{port.name}", slot=port.name, serial=port.serial, model=port.model)
        judge_port(port, verdicts)
        judgement = judgement.joined(Judgement(tuple(verdicts.sightings), frozenset(verdicts.healthy)))
    return judgement


def judge_port(port: Port, verdicts: PartVerdicts) -> None:
    """The verdict on one module. A receiver without light may be a fibre that is unplugged: level 3."""
    raised = port.alarms or ()
    alarms = [entry for entry in raised if port.link is not False or not _is_light(entry[0])]
    if alarms:
        grave = any(alarm and "rx power" not in what.lower() for what, alarm in alarms)
        level = Severity.NEEDS_REPLACEMENT if grave else Severity.FROM_TIME_TO_TIME
        evidence = [Evidence(port.source, what, "On", "Off") for what, _ in alarms]
        verdicts.fault(Component.NIC, OPTICS, level, evidence)
    elif not raised and port.link is not False:
        verdicts.sound(OPTICS)


def _is_light(what: str) -> bool:
    return not what.lower().startswith("module ")
