"""A simulated SATA disk and what `smartctl --json` says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: id -> (name, normalised value, threshold, pre-failure)
ATTRIBUTES = {
    1: ("Raw_Read_Error_Rate", 100, 16, True),
    5: ("Reallocated_Sector_Ct", 100, 5, True),
    9: ("Power_On_Hours", 97, 0, False),
    187: ("Reported_Uncorrect", 100, 0, False),
    194: ("Temperature_Celsius", 66, 0, False),
    197: ("Current_Pending_Sector", 100, 0, False),
    198: ("Offline_Uncorrectable", 100, 0, False),
    199: ("UDMA_CRC_Error_Count", 200, 0, False),
}
EXIT_FAILING, EXIT_PREFAIL, EXIT_ERROR_LOG = 8, 16, 64  # smartctl(8), EXIT STATUS


@dataclass
class SimulatedDisk:
    """One SATA disk; `raw` holds attribute counts by id."""

    name: str
    serial: str
    model: str = "LOGIX SV4000"
    raw: dict[int, int] = field(default_factory=lambda: {9: 11_250, 194: 34})
    passed: bool = True
    readable: bool = True
    attached: bool = True

    def smartctl(self) -> tuple[dict[str, Any], int]:
        """What `smartctl --json -a` says, and its exit status."""
        if not self.readable:
            message = f"Smartctl open device: /dev/{self.name} failed: Input/output error"
            return self._frame(2, [{"string": message, "severity": "error"}]), 2
        status = 0 if self.passed else EXIT_FAILING | EXIT_PREFAIL
        status |= EXIT_ERROR_LOG if self.raw.get(187) else 0
        answer = self._frame(status, [])
        answer |= {
            "model_name": self.model,
            "serial_number": self.serial,
            "firmware_version": "LX12",
            "user_capacity": {"blocks": 7_814_037_168, "bytes": 4_000_787_030_016},
            "smart_support": {"available": True, "enabled": True},
            "smart_status": {"passed": self.passed},
            "ata_smart_attributes": {
                "revision": 16,
                "table": [self._attribute(number) for number in ATTRIBUTES],
            },
            "power_on_time": {"hours": self.raw.get(9, 0)},
            "temperature": {"current": self.raw.get(194, 0)},
        }
        return answer, status

    def _frame(self, status: int, messages: list[dict[str, str]]) -> dict[str, Any]:
        return {
            "json_format_version": [1, 0],
            "smartctl": {"version": [7, 3], "messages": messages, "exit_status": status},
            "device": {"name": f"/dev/{self.name}", "type": "sat", "protocol": "ATA"},
        }

    def _attribute(self, number: int) -> dict[str, Any]:
        name, value, threshold, prefailure = ATTRIBUTES[number]
        raw = self.raw.get(number, 0)
        crossed = number == 5 and not self.passed
        value = threshold - 1 if crossed else value
        return {
            "id": number,
            "name": name,
            "value": value,
            "worst": value,
            "thresh": threshold,
            "when_failed": "now" if crossed else "",
            "flags": {"value": 51 if prefailure else 50, "prefailure": prefailure},
            "raw": {"value": raw, "string": str(raw)},
        }
