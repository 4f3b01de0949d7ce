"""Self-tests of disks: a failed one stands until a later one of at least its reach has passed. Pure.

As smartctl counts them (smartctl(8), EXIT STATUS, bit 7): a passed extended test outdates every earlier
failure. A passed test of the same kind does so here, too; a short one says nothing of what an extended one
found. The log's order counts, newest first: its hours wrap at 65536. Aborted tests say nothing.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.disk_readings import SelfTest
from logix_agent.probes.readings import SmartDisk

CODE: Final = "disk.self-test-failed"
_LOGGED: Final = 128  # bit 7 of smartctl's exit status


def judge(disk: SmartDisk, verdicts: PartVerdicts) -> None:
    """Add what the log of self-tests says."""
    source = f"smartctl {disk.device}"
    if disk.self_tests is None:
        if disk.exit_status & _LOGGED:
            told = Evidence(source, "exit_status", str(disk.exit_status), "bit 7 clear")
            verdicts.fault(Component.DISK, CODE, Severity.NEEDS_REPLACEMENT, [told])
        return
    failed = standing(disk.self_tests)
    if failed:
        evidence = [
            Evidence(source, f"{test.kind} self-test", "failed", "passed", _line(test)) for test in failed
        ]
        verdicts.fault(Component.DISK, CODE, Severity.NEEDS_REPLACEMENT, evidence)
    else:
        verdicts.sound(CODE)


def standing(tests: tuple[SelfTest, ...]) -> list[SelfTest]:
    """The failed tests that no later one outdates; `tests` newest first."""
    passed: set[str] = set()
    failed = []
    for test in tests:
        if test.passed:
            passed.add(test.kind)
        elif test.passed is False and not passed & {"extended", test.kind}:
            failed.append(test)
    return failed


def _line(test: SelfTest) -> str:
    return test.text if test.hours is None else f"{test.text} at {test.hours} power-on hours"
