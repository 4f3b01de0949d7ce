"""`logix-agent check`: one look at the machine, judged at first sight."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from logix_common.clock import Clock, SystemClock
from logix_common.findings import Component, Evidence, advice_of, title_of

from logix_agent.config import AgentConfig
from logix_agent.detectors import causes
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.facts import Sighting
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.texts import language as operator_language
from logix_agent.texts import translation
from logix_agent.watch import Watch


class Result(StrEnum):
    """What one look found."""

    HEALTHY = "healthy"
    FAULTY = "faulty"
    CANNOT_TELL = "cannot-tell"


EXIT_CODES = {Result.HEALTHY: 0, Result.FAULTY: 1, Result.CANNOT_TELL: 2}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The faults, worst first; what could not be judged; how many parts of each kind could."""

    result: Result
    faults: tuple[Sighting, ...]
    doubts: tuple[Doubt, ...]
    judged: dict[str, int]
    stuck: bool = False  # a probe hangs in the kernel, and this process with it

    @property
    def exit_code(self) -> int:
        """0 healthy, 1 faults, 2 cannot tell."""
        return EXIT_CODES[self.result]


async def run_check(config: AgentConfig, clock: Clock | None = None) -> CheckReport:
    """One pass over the machine at `config.sysroot`, without debounce and without a stored memory."""
    paths = HostPaths(config.sysroot)
    watch = Watch(config, paths, commands_for(paths), clock or SystemClock())
    verdicts, _ = watch.judge(await watch.look(), Memory(), 0.0)
    found = causes.joined(verdicts, verdicts.keys(), Judgement(), ())
    return replace(report_of([found]), stuck=watch.stuck)


def report_of(verdicts: list[Judgement]) -> CheckReport:
    """The report of all detectors' verdicts. Pure.

    Cannot tell: no fault was seen, and something that this machine has, disks above all, could not be
    judged. What a machine simply lacks (no RAID, no sensors) is no doubt.
    """
    joined = Judgement()
    for verdict in verdicts:
        joined = joined.joined(verdict)
    faults = sorted(joined.sightings, key=lambda fault: (fault.severity, fault.part, fault.code))
    doubts = tuple(doubt for doubt in joined.doubts if not doubt.absent)
    result = Result.FAULTY if faults else Result.CANNOT_TELL if doubts else Result.HEALTHY
    judged: dict[str, int] = {}
    for part in joined.judged_parts:
        kind = part.partition(":")[0]
        judged[kind] = judged.get(kind, 0) + 1
    return CheckReport(result, tuple(faults), doubts, dict(sorted(judged.items())))


def render(report: CheckReport, as_json: bool, language: str | None = None) -> str:
    """The report for people in the operator's language, or as JSON for programs."""
    if as_json:
        return json.dumps(_document(report), ensure_ascii=False, indent=2)
    spoken = language or operator_language()
    _ = translation(spoken).gettext
    lines = [_verdict(report, _)]
    for fault in report.faults:
        lines += ["", *_fault_lines(fault, spoken, _)]
    if report.doubts:
        lines += ["", _("Could not be judged:")]
        lines += [f"  {doubt.part or _kind(doubt.component, _)}: {doubt.reason}" for doubt in report.doubts]
    if report.judged:
        parts = ", ".join(f"{_kind(kind, _)} {count}" for kind, count in report.judged.items())
        lines += ["", _("Judged: {parts}").format(parts=parts)]
    return "\n".join(lines)


def _verdict(report: CheckReport, _: Callable[[str], str]) -> str:
    if report.result is Result.HEALTHY:
        return _("Healthy: no fault was found.")
    if report.result is Result.CANNOT_TELL:
        return _("Cannot tell: no fault was found, but not everything could be judged.")
    return _("Faults found: {count}").format(count=len(report.faults))


def _fault_lines(fault: Sighting, language: str, _: Callable[[str], str]) -> list[str]:
    severities = {
        1: _("severity 1, stopped"),
        2: _("severity 2, needs replacement"),
        3: _("severity 3, from time to time"),
    }
    where = " ".join(word for word in (fault.slot, fault.model) if word)
    lines = [f"[{severities[int(fault.severity)]}] {fault.part}" + (f" ({where})" if where else "")]
    lines.append(f"  {title_of(fault.code, language)} ({fault.code})")
    for entry in fault.evidence:
        lines.append(f"    {_proof(entry, _)}")
    if fault.early:
        lines.append("  " + _("An early sign: it may be old; the running agent raises it when it grows."))
    if fault.related_parts:
        lines.append("  " + _("Related: {parts}").format(parts=", ".join(fault.related_parts)))
    lines.append(f"  -> {advice_of(fault.code, language)}")
    return lines


def _proof(entry: Evidence, _: Callable[[str], str]) -> str:
    limit = " " + _("(limit {limit})").format(limit=entry.limit) if entry.limit else ""
    return f"{entry.source}: {entry.name} = {entry.value}{limit}"


def _kind(name: str, _: Callable[[str], str]) -> str:
    kinds = {
        Component.DISK: _("disks"),
        Component.RAID: _("arrays"),
        Component.TEMPERATURE: _("temperature chips"),
        Component.FILESYSTEM: _("file systems"),
    }
    return {str(key): text for key, text in kinds.items()}.get(name, name)


def _document(report: CheckReport) -> dict[str, Any]:
    return {
        "result": report.result.value,
        "exit_code": report.exit_code,
        "faults": [asdict(fault) for fault in report.faults],
        "cannot_tell": [
            {"component": str(doubt.component), "part": doubt.part, "reason": doubt.reason}
            for doubt in report.doubts
        ],
        "judged": report.judged,
    }
