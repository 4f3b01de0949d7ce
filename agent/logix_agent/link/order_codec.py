"""Orders into facts, and what became of them into messages: a part of the codec."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from logix_common.diagnostics import MAX_FAULTS
from logix_common.errors import InvalidInput
from logix_common.wire.v1 import link_pb2 as wire

from logix_agent.diagnostics.facts import NOTHING_ASKED, Asked

_MAX_DETAIL: Final = 512
_MAX_NAME: Final = 200


class OrderKind(Enum):
    """Orders that this agent understands."""

    REPORT_FULL_STATE = "report_full_state"
    RENEW_CERTIFICATE = "renew_certificate"
    COLLECT_DIAGNOSTICS = "collect_diagnostics"


@dataclass(frozen=True)
class OrderFacts:
    """An order; `kind` None: newer than this agent."""

    order_id: bytes
    kind: OrderKind | None
    diagnostics: Asked = NOTHING_ASKED  # of COLLECT_DIAGNOSTICS


class OrderOutcome(Enum):
    """What became of an order."""

    DONE = wire.ORDER_OUTCOME_DONE
    FAILED = wire.ORDER_OUTCOME_FAILED
    UNSUPPORTED = wire.ORDER_OUTCOME_UNSUPPORTED


def order(told: wire.Order) -> OrderFacts:
    """An order of the server; raises `InvalidInput`."""
    if len(told.order_id) != 16:
        raise InvalidInput("order", f"expected an id of 16 bytes, got {len(told.order_id)}")
    kind = told.WhichOneof("kind")
    if kind == OrderKind.COLLECT_DIAGNOSTICS.value:
        return OrderFacts(told.order_id, OrderKind(kind), _asked(told.collect_diagnostics))
    return OrderFacts(told.order_id, OrderKind(kind) if kind in {k.value for k in OrderKind} else None)


def _asked(told: wire.CollectDiagnostics) -> Asked:
    codes, parts = told.codes[:MAX_FAULTS], told.parts[:MAX_FAULTS]
    return Asked(
        told.ticket[:_MAX_NAME],
        tuple(code[:_MAX_NAME] for code in codes),
        tuple(part[:_MAX_NAME] for part in parts),
    )


def order_result(order_id: bytes, outcome: OrderOutcome, detail: str) -> bytes:
    """What became of an order."""
    text = detail.encode("utf-8", "replace")[:_MAX_DETAIL].decode("utf-8", "ignore")
    result = wire.OrderResult(order_id=order_id, outcome=outcome.value, detail=text)
    return wire.DeviceMessage(order_result=result).SerializeToString()
