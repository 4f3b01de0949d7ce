"""What a device tells of its modules, to plain JSON: a part of the codec."""

from __future__ import annotations

from typing import Final

from logix_common.errors import InvalidInput
from logix_common.module_statement import MAX_COUNTER, MAX_MODULES
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.link.texts import prose
from logix_server.modules.facts import ModulesTold

_MAX_NAME: Final = 64
_MAX_PROBLEM: Final = 500
_RUNNING: Final[dict[int, str]] = {
    pb.MODULE_RUNNING_YES: "yes",
    pb.MODULE_RUNNING_NO: "no",
    pb.MODULE_RUNNING_PARTLY: "partly",
}
_WANTED: Final[dict[int, str]] = {
    pb.MODULE_WANTED_RUNS: "runs",
    pb.MODULE_WANTED_DISABLED: "disabled",
}


def modules_told(report: pb.ModuleReport, unit_id: int) -> ModulesTold:
    """The facts of a report, bounded; what a newer agent means by a number is not known here."""
    if len(report.modules) > MAX_MODULES:
        raise InvalidInput("module_report.modules", f"expected at most {MAX_MODULES}")
    return ModulesTold(
        unit_id=unit_id,
        counter=min(report.counter, MAX_COUNTER),
        problem=prose(report.problem, _MAX_PROBLEM),
        modules=[
            {
                "name": prose(module.name, _MAX_NAME),
                "security": module.security,
                "wanted": _WANTED.get(module.wanted),
                "running": _RUNNING.get(module.running),
                "problem": prose(module.problem, _MAX_PROBLEM),
            }
            for module in report.modules
        ],
    )
