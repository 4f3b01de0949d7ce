"""Wordings of memory, processors and their heat. Pure.

Sources: drivers/edac/edac_mc.c, arch/x86/kernel/cpu/mce/{core,amd,intel,therm_throt}.c, drivers/edac/mce_amd.c,
mm/memory-failure.c, drivers/thermal/thermal_core.c of Linux 2.6 to 6.x, and mcelog(8). Machine check banks
and firmware records (GHES), told over several lines, stand in `walk`.
"""

from __future__ import annotations

from typing import Final

from logix_agent.detectors.kernel.rules import AT_TIMES, DAY, REPLACE, STOPPED, THIS_BOOT, WEEK, Rule, rule

UNCORRECTED: Final = "memory.uncorrected"
CORRECTED: Final = "memory.corrected"
CPU_FATAL: Final = "cpu.machine-check"
CPU_CORRECTED: Final = "cpu.corrected-errors"
THROTTLED: Final = "temperature.throttled"
SHUT_DOWN: Final = "temperature.shut-down"
UNKNOWN: Final = "dimm:unknown"

_WHERE: Final = r"(?:memory \w{1,12} (?:error|scrub\w{0,8} error) )?(?:on |\()?(?P<dimm>[^\s(),]{1,80})"

RULES: Final[tuple[Rule, ...]] = (
    rule(
        UNCORRECTED, STOPPED, "dimm:{mc}/{dimm}", rf"EDAC (?P<mc>MC\d{{1,3}}): \d{{1,9}} UE {_WHERE}", " UE "
    ),
    rule(
        CORRECTED,
        AT_TIMES,
        "dimm:{mc}/{dimm}",
        rf"EDAC (?P<mc>MC\d{{1,3}}): (?P<n>\d{{1,9}}) CE {_WHERE}",
        " CE ",
        early=True,
    ),
    rule(
        UNCORRECTED,
        STOPPED,
        "dimm:{mc}/row{row}",
        r"EDAC (?:\w{1,16} )?(?P<mc>MC\d{1,3}): UE (?:page .{0,80}?)?row (?P<row>\d{1,4})",
        " UE ",
    ),
    rule(
        CORRECTED,
        AT_TIMES,
        "dimm:{mc}/row{row}/ch{ch}",
        r"EDAC (?:\w{1,16} )?(?P<mc>MC\d{1,3}): CE (?:page .{0,120}?)?row (?P<row>\d{1,4}), channel (?P<ch>\d{1,4})",
        " CE ",
        early=True,
    ),
    rule(
        UNCORRECTED,
        STOPPED,
        "dimm:{mc}",
        r"EDAC (?:\w{1,16} )?(?P<mc>MC\d{1,3}): (?:UE\b|FATAL ERROR|UE - no information)",
        " UE",
        "FATAL ERROR",
    ),
    rule(
        CORRECTED,
        AT_TIMES,
        "dimm:{mc}",
        r"EDAC (?:\w{1,16} )?(?P<mc>MC\d{1,3}): (?:CE\b|NON-FATAL ERROR|CE - no information)",
        " CE",
        early=True,
    ),
    rule(
        UNCORRECTED,
        STOPPED,
        UNKNOWN,
        r"(?:Uncorrected hardware memory error|Memory error not recovered|Kill\w{0,3} .{0,60}due to hardware memory corruption|hardware memory corruption fault)",
        "hardware memory",
        "Memory error not recovered",
    ),
    rule(
        UNCORRECTED,
        STOPPED,
        UNKNOWN,
        r"Memory failure: 0x[0-9a-f]{1,16}: (?:recovery action|Killing|reserved kernel page|unhandlable page|corrupted page was)",
        "Memory failure: 0x",
    ),
    rule(
        UNCORRECTED,
        STOPPED,
        UNKNOWN,
        r"(?:You (?:probably )?have a hardware problem with your RAM|NMI: memory parity error|Memory parity error)",
        "problem with your RAM",
        "emory parity error",
    ),
    rule(
        CPU_FATAL,
        STOPPED,
        "cpu:all",
        r"Kernel panic - not syncing: .{0,40}(?:[Mm]achine check|Memory error|Fatal hardware error|Timeout: Not all CPUs)",
        "Kernel panic - not syncing",
        lasts=WEEK,
    ),
    rule(
        CPU_FATAL,
        STOPPED,
        "cpu:all",
        r"Previous system reset reason .{0,40}(?:data fabric sync flood|uncorrected error|machine check)",
        "Previous system reset reason",
    ),
    rule(CPU_CORRECTED, AT_TIMES, "cpu:all", "CMCI storm detected", early=True),
    rule(
        CPU_CORRECTED,
        AT_TIMES,
        "cpu:all",
        r"The hardware reports a non[- ]fatal, correctable incident",
        "correctable incident",
        early=True,
    ),
    # -- what mcelog tells the same log; its limits are those of mcelog.conf(5)
    rule(
        UNCORRECTED,
        STOPPED,
        UNKNOWN,
        r"(?i)\buncorrected (?:dimm )?memory error",
        "ncorrected",
        program="mcelog",
    ),
    rule(
        CORRECTED,
        REPLACE,
        UNKNOWN,
        r"(?i)corrected (?:dimm |socket )?memory errors?\b.{0,60}exceed(?:ed|s)? threshold",
        "exceed",
        lasts=WEEK,
        program="mcelog",
    ),
    # -- heat: thermal throttling heals by itself, its count is of this boot
    rule(
        THROTTLED,
        AT_TIMES,
        "temperature:cpu",
        r"[Tt]emperature (?:is )?above threshold, cpu clock (?:is )?throttled(?: \(total events = (?P<n>\d{1,15})\))?",
        "emperature above threshold",
        "emperature is above threshold",
        early=True,
        lasts=DAY,
    ),
    rule(THROTTLED, AT_TIMES, "temperature:cpu", "Running in modulated clock mode", early=True, lasts=DAY),
    rule(
        SHUT_DOWN,
        STOPPED,
        "temperature:system",
        r"(?:[Cc]ritical temperature reached|reached critical temperature|hardware protection (?:shutdown|reboot) .{0,10}Temperature|HARDWARE PROTECTION .{0,40}Temperature|over-temperature shutdown)",
        "ritical temperature",
        "ARDWARE PROTECTION",
        "ver-temperature shutdown",
        lasts=THIS_BOOT,
    ),
    rule(
        SHUT_DOWN,
        STOPPED,
        "temperature:system",
        r"Previous system reset reason .{0,40}(?:thermal|THERMTRIP)",
        "Previous system reset reason",
    ),
)
