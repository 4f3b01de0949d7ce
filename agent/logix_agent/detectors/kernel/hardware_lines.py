"""Machine checks and firmware error records, told over several lines. Pure.

Bank status: Intel SDM vol. 3B, 17.3.2.2 (MCi_STATUS); memory controller errors: 17.9.2, compound code
0000_0000_1MMM_CCCC. Firmware records: ACPI APEI, printed by drivers/firmware/efi/cper.c.
"""

from __future__ import annotations

import re
from typing import Final

from logix_common.findings import Severity

from logix_agent.detectors.kernel import memory, system
from logix_agent.detectors.kernel.rules import AT_TIMES, REPLACE, STOPPED
from logix_agent.detectors.kernel.tallies import Tallies
from logix_agent.probes.log_readings import LogRecord

_BANK: Final = re.compile(
    r"CPU:? ?(?P<cpu>\d{1,5}):? Machine Check(?P<exception> Exception)?: {0,4}[0-9a-f]{1,16} Bank (?P<bank>\d{1,3}): (?P<status>[0-9a-f]{16})"
)
_AMD: Final = re.compile(
    r"CPU:(?P<cpu>\d{1,5}) \([0-9a-f:]{1,16}\) MC(?P<bank>\d{1,3})_STATUS\[(?P<flags>[^\]]{1,80})\]"
)
_AMD_MEMORY: Final = re.compile(
    r"(?:Unified Memory Controller|DRAM ECC|ECC error .{0,40}on the NB|DRAM (?:scrub|parity))"
)
_AMD_OTHER: Final = re.compile(r"(?:Ext\. Error Code|Error: |cache level:|Unit Error|Cache Error)")
_SEVERITY: Final = re.compile(r"event severity: (corrected|recoverable|fatal|info)")
_SECTION: Final = re.compile(
    r"section_type: (memory error|PCIe error|(?:general |IA32/X64 |ARM )?processor error|[^\n]{1,60})"
)
_FRU: Final = re.compile(r"fru_text: (\S[^\n]{0,60})")
_VALID, _UNCORRECTED, _CORRUPT = 1 << 63, 1 << 61, 1 << 57


class HardwareLines:
    """Follows the lines that bear "[Hardware Error]" or speak of a machine check."""

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies
        self._amd: tuple[str, bool, LogRecord] | None = None  # cpu, corrected, its line
        self._severity = ""
        self._fru = ""

    def line(self, record: LogRecord) -> None:
        """A line with any of the words that begin such a record."""
        text = record.text
        bank = _BANK.search(text)
        if bank:
            self._machine_check(bank, record)
            return
        amd = _AMD.search(text)
        if amd:
            self.finish()
            flags = amd.group("flags").split("|")
            self._amd = (amd.group("cpu"), not {"UE", "UC", "PCC"} & set(flags), record)
        elif self._amd and _AMD_MEMORY.search(text):
            _, corrected, _ = self._amd
            self._amd = None
            self._memory(memory.UNKNOWN, corrected, record)
        elif self._amd and _AMD_OTHER.search(text):
            self.finish()
        elif "Machine Check Exception" in text or "HARDWARE ERROR: Machine Check" in text:
            self._tallies.add("cpu:all", memory.CPU_FATAL, STOPPED, record)
        elif "Machine check events logged" in text:  # the details are elsewhere, if anywhere
            self._tallies.add("cpu:unknown", memory.CPU_CORRECTED, AT_TIMES, record, early=True)
        else:
            self._firmware(text, record)

    def finish(self) -> None:
        """What was told of a bank and never classified is the processor's."""
        if self._amd:
            cpu, corrected, record = self._amd
            self._amd = None
            self._processor(f"cpu:{cpu}", corrected, record)

    def _machine_check(self, bank: re.Match[str], record: LogRecord) -> None:
        status = int(bank.group("status"), 16)
        corrected = not status & (_UNCORRECTED | _CORRUPT) and not bank.group("exception")
        if not status & _VALID and corrected:
            return
        if status & 0xEF80 == 0x0080:
            self._memory(memory.UNKNOWN, corrected, record)
        else:
            self._processor(f"cpu:{bank.group('cpu')}", corrected, record)

    def _firmware(self, text: str, record: LogRecord) -> None:
        severity, section, fru = _SEVERITY.search(text), _SECTION.search(text), _FRU.search(text)
        if severity:
            self._severity, self._fru = severity.group(1), ""
        if fru:
            self._fru = fru.group(1).strip()
        if not section or self._severity in ("", "info"):
            return
        kind, corrected = section.group(1), self._severity == "corrected"
        if kind == "memory error":
            self._memory(f"dimm:{self._fru}" if self._fru else memory.UNKNOWN, corrected, record)
        elif kind == "PCIe error":
            code = system.PCIE_CORRECTED if corrected else system.PCIE_FATAL
            level = AT_TIMES if corrected else STOPPED if self._severity == "fatal" else REPLACE
            self._tallies.add("system:pci", code, level, record, early=corrected)
        elif kind.endswith("processor error"):
            self._processor("cpu:all", corrected, record)

    def _memory(self, subject: str, corrected: bool, record: LogRecord) -> None:
        code = memory.CORRECTED if corrected else memory.UNCORRECTED
        self._add(subject, code, corrected, record)

    def _processor(self, subject: str, corrected: bool, record: LogRecord) -> None:
        self._add(subject, memory.CPU_CORRECTED if corrected else memory.CPU_FATAL, corrected, record)

    def _add(self, subject: str, code: str, corrected: bool, record: LogRecord) -> None:
        level: Severity = AT_TIMES if corrected else STOPPED
        self._tallies.add(subject, code, level, record, early=corrected)
