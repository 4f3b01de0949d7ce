"""Asks the programs and reads the files; what comes is bounded, and its secrets are removed at once."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from logix_common.clock import Clock
from logix_common.observations import Metric

from logix_agent.config import AgentConfig
from logix_agent.diagnostics import selection
from logix_agent.diagnostics.facts import Asked, Part, Question
from logix_agent.diagnostics.redaction import redacted
from logix_agent.host.commands import CommandResult, Commands
from logix_agent.host.kernel_ring import KernelRing
from logix_agent.host.paths import HostPaths
from logix_agent.link.running import STATUS
from logix_agent.monitor import Monitor

#: Seconds that all of it may take, and one program; bytes of one part, and records of the kernel's log.
ALL_SECONDS: Final = 120.0
ONE_SECONDS: Final = 20.0
ONE_BYTES: Final = 512 * 1024
KERNEL_RECORDS: Final = 4_000
_AT_ONCE: Final = 4
_DISK: Final = re.compile(r"(?:sd[a-z]{1,3}|nvme\d{1,3}n\d{1,3}|mmcblk\d{1,3}|vd[a-z]{1,3})\Z")
_ARRAY: Final = re.compile(r"md[A-Za-z0-9_-]{1,30}\Z")
#: Of the state directory nothing but these by name; above all nothing of the identity.
_STATE_FILES: Final = (STATUS, "findings.json")
#: Where a captured machine keeps the kernel's log.
_LOG_FILES: Final = ("/var/log/kern.log", "/var/log/dmesg")


class Gathering:
    """One machine, looked at once. Nothing of it raises for what the machine lacks or does not answer."""

    def __init__(self, config: AgentConfig, paths: HostPaths, commands: Commands, clock: Clock) -> None:
        self._config = config
        self._paths = paths
        self._commands = commands
        self._clock = clock
        self._until = clock.monotonic() + ALL_SECONDS
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def parts(self, asked: Asked) -> list[Part]:
        """Every part, what matters most first: where the bundle is full, the last ones are left out."""
        own = [self._kernel_log(), *await self._readings(), *self._state()]
        machine = self._machine()
        questions = selection.questions(asked.codes, machine)
        answers = await self._answers([question for question in questions if not question.wakes])
        waking = [question for question in questions if question.wakes]
        if any(selection.sleeps(part.name, part.text) for part in answers):
            problem = "not asked: a disk sleeps, and would be woken"
            answers += [Part(each.name, " ".join(each.argv), "", problem=problem) for each in waking]
        else:
            answers += await self._answers(waking)
        return [*own, *answers, *(self._file(path) for path in selection.files(machine))]

    async def _answers(self, questions: Sequence[Question]) -> list[Part]:
        return list(await asyncio.gather(*(self._answer(question) for question in questions)))

    def _machine(self) -> selection.Machine:
        blocks = self._paths.names("/sys/block") or []
        ports = [name for name in self._paths.names("/sys/class/net") or [] if name != "lo"]
        physical = [name for name in ports if self._paths.exists(f"/sys/class/net/{name}/device")]
        return selection.Machine(
            disks=[name for name in blocks if _DISK.match(name)],
            arrays=[name for name in blocks if _ARRAY.match(name)],
            ports=physical or ports,
        )

    async def _answer(self, question: Question) -> Part:
        line = " ".join(question.argv)
        async with self._few:
            began = self._clock.monotonic()
            left = self._until - began
            if left <= 0:
                return Part(question.name, line, "", problem="not asked: the time was up")
            try:
                answer = await self._commands.run(question.argv, min(ONE_SECONDS, left), ONE_BYTES)
            except (OSError, ValueError) as error:
                return Part(question.name, line, "", problem=str(error))
            seconds = self._clock.monotonic() - began
        text, removed = redacted(_text(answer.stdout))
        return Part(
            question.name,
            redacted(line)[0],
            text,
            answer.exit_code,
            round(seconds, 3),
            answer.truncated,
            _problem(answer),
            removed,
        )

    def _file(self, path: str) -> Part:
        reading = self._paths.read(path, ONE_BYTES)
        text, removed = redacted(_text(reading.data or b""))
        name = selection.file_name(path)
        return Part(
            name, path, text, truncated=reading.truncated, problem=reading.problem, redactions=removed
        )

    def _kernel_log(self) -> Part:
        """The end of the kernel's log: what it said last matters most."""
        source, problem, cut = "/dev/kmsg", "", False
        records: list[str] = []
        if self._paths.live:
            ring = KernelRing()
            newest = ring.newest(KERNEL_RECORDS)
            ring.close()
            if newest is None:
                problem = "the kernel's log may not be read"
            else:
                records, cut = [_record(each) for each in newest[0]], newest[1]
        else:
            source = next((path for path in _LOG_FILES if self._paths.exists(path)), _LOG_FILES[0])
            reading = self._paths.read(source, 4 * ONE_BYTES)
            records, problem = reading.text.splitlines(), reading.problem
        kept = records[-KERNEL_RECORDS:]
        text, removed = redacted("\n".join(kept))
        tail = text[-2 * ONE_BYTES :]
        cut = cut or len(kept) < len(records) or len(tail) < len(text)
        return Part("kernel-log.txt", source, tail, truncated=cut, problem=problem, redactions=removed)

    async def _readings(self) -> list[Part]:
        """Health and inventory as this moment shows them, by the agent's own probes."""
        state = self._config.state_dir / "findings.json"
        monitor = Monitor(self._config, self._paths, self._commands, self._clock, state)
        found = []
        for name, reading in (
            ("health.json", self._health(monitor)),
            ("inventory.json", _inventory(monitor)),
        ):
            try:
                async with asyncio.timeout(2 * ONE_SECONDS):
                    found.append(_json_part(name, "the agent's probes", await reading))
            except Exception as error:  # a broken probe must not cost the bundle its other parts
                problem = f"{type(error).__name__}: {error}"[:500]
                found.append(Part(name, "the agent's probes", "", problem=problem))
        return found

    async def _health(self, monitor: Monitor) -> dict[str, Any]:
        sample = await monitor.health()
        points = [
            {"metric": _metric(point.metric), "instance": point.instance, "value": point.value}
            for point in sample.points
        ]
        return {"points": points, "services": [asdict(service) for service in sample.services]}

    def _state(self) -> list[Part]:
        """What the agent itself holds: status, probes, findings and what they are judged by."""
        parts = []
        for name in _STATE_FILES:
            path = self._config.state_dir / name
            try:
                with Path(path).open("rb") as file:
                    data = file.read(2 * ONE_BYTES + 1)
            except OSError as error:
                parts.append(Part(f"agent/{name}", name, "", problem=error.strerror or "unreadable"))
                continue
            text, removed = redacted(_text(data[: 2 * ONE_BYTES]))
            cut = len(data) > 2 * ONE_BYTES
            parts.append(Part(f"agent/{name}", name, text, truncated=cut, redactions=removed))
        return parts


async def _inventory(monitor: Monitor) -> dict[str, Any]:
    return asdict(await monitor.inventory())


def _json_part(name: str, source: str, content: Mapping[str, Any]) -> Part:
    text, removed = redacted(json.dumps(content, ensure_ascii=False, indent=1, default=str))
    cut = len(text) > 2 * ONE_BYTES
    return Part(name, source, text[: 2 * ONE_BYTES], truncated=cut, redactions=removed)


def _metric(number: int) -> str:
    try:
        return Metric(number).name.lower()
    except ValueError:
        return str(number)


def _record(record: str) -> str:
    """A record of /dev/kmsg ("6,1234,56789012,-;text") as dmesg shows it."""
    head, _, text = record.partition(";")
    fields = head.split(",")
    try:
        level, microseconds = int(fields[0]) & 7, int(fields[2])
    except (IndexError, ValueError):
        return record
    return f"<{level}>[{microseconds / 1_000_000:12.6f}] {text}"


def _problem(answer: CommandResult) -> str:
    if answer.missing:
        return "not installed"
    return "no answer in time" if answer.timed_out else ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\0", "")
