"""Temperatures of disks against the drives' own limits. Pure.

At or above the critical limit (NVMe CCTEMP, SCT "over limit") the drive may stop or be damaged; above the
warning limit (NVMe WCTEMP, SCT "recommended continuous", SCSI reference temperature) it should not stay.
How long it was hot in the past is no fault of now.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.ata import crossed_now, measures_heat
from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.disk_readings import DiskTemperature
from logix_agent.probes.readings import SmartDisk

CRITICAL, HIGH = "temperature.disk-critical", "temperature.disk-high"
MARGIN: Final = 3  # °C below a limit before it counts as kept again


def judge(disk: SmartDisk, heat: DiskTemperature, verdicts: PartVerdicts) -> None:
    """Add what the temperature says; nothing where the drive tells no limits."""
    source = f"smartctl {disk.device}"
    critical, warning = heat.critical, heat.warning
    if critical is not None and heat.celsius >= critical:
        evidence = Evidence(source, "temperature", f"{heat.celsius} °C", f"{critical} °C", heat.critical_name)
        verdicts.fault(Component.TEMPERATURE, CRITICAL, Severity.STOPPED, [evidence])
        return
    if critical is not None and heat.celsius < critical - MARGIN:
        verdicts.sound(CRITICAL)
    if any(measures_heat(attribute) and crossed_now(attribute) for attribute in disk.attributes):
        return  # said by the attribute already
    if warning is not None and heat.celsius > warning:
        evidence = Evidence(source, "temperature", f"{heat.celsius} °C", f"{warning} °C", heat.warning_name)
        verdicts.fault(Component.TEMPERATURE, HIGH, Severity.FROM_TIME_TO_TIME, [evidence])
    elif warning is None or heat.celsius < warning - MARGIN:
        verdicts.sound(HIGH)
