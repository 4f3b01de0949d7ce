"""Self-test logs, temperatures and endurance in smartctl's JSON (smartmontools 7.0 and later). Pure."""

from __future__ import annotations

from typing import Any, Final

from logix_agent.probes.disk_readings import DiskTemperature, Endurance, SelfTest
from logix_agent.probes.json_values import count_of, dict_of, list_of, text_of, whole_of

MAX_SELF_TESTS: Final = 64
#: Temperatures and limits outside of these are codes for "not set" (0, 127, 255, -128), not degrees.
_CELSIUS: Final = range(-40, 126)
_LIMIT: Final = range(30, 126)
#: Types of ATA self-tests (ACS-4, 9.6.2 table 137: bit 7 is captive), of SCSI (SPC-4 table 390) and NVMe.
_ATA_KINDS: Final = {1: "short", 2: "extended"}
_SCSI_KINDS: Final = {1: "short", 2: "extended", 5: "short", 6: "extended"}
_NVME_KINDS: Final = {1: "short", 2: "extended"}
_ATA_FAILED: Final = range(3, 9)  # ACS-4 table 142: fatal, unknown, electrical, servo, read, handling damage
_SCSI_FAILED: Final = range(3, 8)  # SPC-4 table 389: unknown error, unknown, first, second, another segment
_NVME_FAILED: Final = range(5, 8)  # NVMe Base 2.0 figure 211: fatal or unknown, unknown, known segments
_ENDURANCE_STATISTIC: Final = "percentage used endurance indicator"


def self_tests(document: dict[str, Any]) -> tuple[SelfTest, ...] | None:
    """The log of self-tests, newest first, or None where the disk keeps none or none was asked for."""
    log = dict_of(document.get("ata_smart_self_test_log"))
    if log:
        # The extended log holds what the standard one does, and more.
        kept = dict_of(log.get("extended")) or dict_of(log.get("standard"))
        return tuple(_ata_test(entry) for entry in list_of(kept.get("table"), MAX_SELF_TESTS))
    log = dict_of(document.get("nvme_self_test_log"))
    if log:
        return tuple(_nvme_test(entry) for entry in list_of(log.get("table"), MAX_SELF_TESTS))
    entries = [dict_of(document.get(f"scsi_self_test_{number}")) for number in range(MAX_SELF_TESTS)]
    found = tuple(_scsi_test(entry) for entry in entries if entry)
    return found or None


def _ata_test(entry: dict[str, Any]) -> SelfTest:
    status = dict_of(entry.get("status"))
    value = count_of(status)
    result = _result(None if value is None else value >> 4, _ATA_FAILED)
    told = status.get("passed")
    return SelfTest(
        kind=_kind(entry.get("type"), _ATA_KINDS, 0x7F),
        passed=told if isinstance(told, bool) else result,
        text=text_of(status),
        hours=count_of(entry.get("lifetime_hours")),
    )


def _scsi_test(entry: dict[str, Any]) -> SelfTest:
    return SelfTest(
        kind=_kind(entry.get("code"), _SCSI_KINDS, 0x7),
        passed=_result(count_of(entry.get("result")), _SCSI_FAILED),
        text=text_of(entry.get("result")),
        hours=count_of(dict_of(entry.get("power_on_time")).get("hours")),
    )


def _nvme_test(entry: dict[str, Any]) -> SelfTest:
    return SelfTest(
        kind=_kind(entry.get("self_test_code"), _NVME_KINDS, 0xF),
        passed=_result(count_of(entry.get("self_test_result")), _NVME_FAILED),
        text=text_of(entry.get("self_test_result")),
        hours=count_of(entry.get("power_on_hours")),
    )


def _result(code: int | None, failed: range) -> bool | None:
    """Whether a test passed; None for one that did not come to an end."""
    return True if code == 0 else False if code in failed else None


def _kind(value: object, kinds: dict[int, str], mask: int) -> str:
    code = count_of(value)
    return kinds.get(code & mask, text_of(value, 32)) if code is not None else text_of(value, 32)


def temperature(document: dict[str, Any]) -> DiskTemperature | None:
    """The temperature and the drive's own limits.

    NVMe: WCTEMP and CCTEMP (Base Specification 2.0, figure 275). ATA: the SCT status (ACS-4, 8.1). SCSI:
    the reference temperature (SPC-4, 7.3.21), above which a device should not run for long.
    """
    told = dict_of(document.get("temperature"))
    celsius = whole_of(told.get("current"))
    if celsius is None or celsius not in _CELSIUS:
        return None
    composite = dict_of(document.get("nvme_composite_temperature_threshold"))
    trip = dict_of(document.get("scsi_temperature")).get("drive_trip", told.get("drive_trip"))
    warning = _first_limit(
        (composite.get("warning"), "warning composite temperature"),
        (told.get("op_limit_max"), "op_limit_max"),
        (trip, "drive_trip"),
    )
    critical = _first_limit(
        (composite.get("critical"), "critical composite temperature"),
        (told.get("critical_limit_max"), "critical_limit_max"),
        (told.get("limit_max"), "limit_max"),
    )
    return DiskTemperature(celsius, warning[0], critical[0], warning[1], critical[1])


def _first_limit(*limits: tuple[object, str]) -> tuple[int | None, str]:
    for value, name in limits:
        limit = whole_of(value)
        if limit is not None and limit in _LIMIT:
            return limit, name
    return None, ""


def endurance(document: dict[str, Any]) -> Endurance | None:
    """Used endurance where a standard defines the field; NVMe tells it in its health log.

    ATA: device statistics page 07h (ACS-4, 9.5.9). SCSI: Solid State Media log page (SBC-4, 6.4.9).
    """
    told = (
        (dict_of(document.get("endurance_used")).get("current_percent"), "endurance_used"),
        (
            document.get("scsi_percentage_used_endurance_indicator"),
            "scsi_percentage_used_endurance_indicator",
        ),
        (_statistic(document), "Percentage Used Endurance Indicator"),
    )
    for value, name in told:
        used = count_of(value)
        if used is not None and used <= 255:  # one byte, that stops at 255
            return Endurance(used, name)
    return None


def _statistic(document: dict[str, Any]) -> object:
    for page in list_of(dict_of(document.get("ata_device_statistics")).get("pages"), 32):
        for row in list_of(page.get("table"), 64):
            valid = dict_of(row.get("flags")).get("valid", True)
            if text_of(row.get("name")).lower() == _ENDURANCE_STATISTIC and valid is True:
                return row.get("value")
    return None
