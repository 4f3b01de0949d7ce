"""Module statements and reports into facts and messages: a part of the codec."""

from __future__ import annotations

from typing import Final

from logix_common.errors import InvalidInput
from logix_common.module_statement import MAX_MODULES, MAX_PAYLOAD
from logix_common.wire.v1 import link_pb2 as wire

from logix_agent.link.report_codec import bounded
from logix_agent.modules.facts import ModuleReport, Running, SignedStatement, Wanted

_MAX_TEXT: Final = 500
_MAX_NAME: Final = 64
_WANTED: Final = {
    Wanted.RUNS: wire.MODULE_WANTED_RUNS,
    Wanted.DISABLED: wire.MODULE_WANTED_DISABLED,
    Wanted.UNSAID: wire.MODULE_WANTED_UNSPECIFIED,
}
_RUNNING: Final = {
    Running.YES: wire.MODULE_RUNNING_YES,
    Running.NO: wire.MODULE_RUNNING_NO,
    Running.PARTLY: wire.MODULE_RUNNING_PARTLY,
    Running.UNKNOWN: wire.MODULE_RUNNING_UNSPECIFIED,
}


def statement(told: wire.ModuleStatement) -> SignedStatement:
    """A statement as it came, bounded and not looked at: its signature comes first. Raises `InvalidInput`."""
    if len(told.payload) > MAX_PAYLOAD or len(told.signature) > _MAX_TEXT:
        raise InvalidInput("module statement", f"expected at most {MAX_PAYLOAD} bytes")
    return SignedStatement(told.payload, told.signature, told.key_id[:_MAX_NAME])


def report(told: ModuleReport) -> bytes:
    """What became of the last module statement, and how the modules are."""
    message = wire.ModuleReport(counter=told.counter, problem=bounded(told.problem, _MAX_TEXT))
    for module in told.modules[:MAX_MODULES]:
        message.modules.add(
            name=bounded(module.name, _MAX_NAME),
            security=bool(module.security),
            wanted=_WANTED[module.wanted],
            running=_RUNNING[module.running],
            problem=bounded(module.problem, _MAX_TEXT),
        )
    return wire.DeviceMessage(module_report=message).SerializeToString()
