"""A refusal as gRPC says it: status, reason code and how long to wait. Pure but for the abort."""

from __future__ import annotations

import secrets
from typing import Any, Final, NoReturn

import grpc
from logix_common import reasons
from logix_common.errors import Refused

_CODES: Final = {
    reasons.ENROLMENT_REFUSED: grpc.StatusCode.PERMISSION_DENIED,
    reasons.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    reasons.INVALID_MESSAGE: grpc.StatusCode.INVALID_ARGUMENT,
    reasons.PROTOCOL_UNSUPPORTED: grpc.StatusCode.FAILED_PRECONDITION,
    reasons.UNKNOWN_DEVICE: grpc.StatusCode.PERMISSION_DENIED,
    reasons.CERTIFICATE_REVOKED: grpc.StatusCode.PERMISSION_DENIED,
    reasons.CERTIFICATE_SUPERSEDED: grpc.StatusCode.PERMISSION_DENIED,
    reasons.CERTIFICATE_EXPIRED: grpc.StatusCode.PERMISSION_DENIED,
    reasons.IDENTITY_CONFLICT: grpc.StatusCode.PERMISSION_DENIED,
    reasons.DEVICE_DECOMMISSIONED: grpc.StatusCode.PERMISSION_DENIED,
    reasons.GRACE_OVER: grpc.StatusCode.PERMISSION_DENIED,
    reasons.UPLOAD_UNKNOWN: grpc.StatusCode.NOT_FOUND,
    reasons.UPLOAD_REFUSED: grpc.StatusCode.INVALID_ARGUMENT,
    reasons.REPLACED_BY_NEWER_STREAM: grpc.StatusCode.ABORTED,
    reasons.TOO_SLOW: grpc.StatusCode.DEADLINE_EXCEEDED,
}
#: Seconds to stay away where the refusal itself names none: (least, most), spread by chance.
_WAITS: Final = {
    reasons.SERVER_SHUTTING_DOWN: (1, 15),
    reasons.SERVER_BUSY: (5, 30),
    reasons.STORE_UNAVAILABLE: (5, 30),
}


def code_of(reason: str) -> grpc.StatusCode:
    """The gRPC status of a reason; what the server is to blame for is UNAVAILABLE."""
    return _CODES.get(reason, grpc.StatusCode.UNAVAILABLE)


def trailing_metadata(refusal: Refused) -> tuple[tuple[str, str], ...]:
    """The reason code and, where waiting helps, the whole seconds to wait."""
    metadata = [(reasons.REASON_KEY, refusal.reason)]
    wait = refusal.retry_after
    if wait is None and refusal.reason in _WAITS:
        least, most = _WAITS[refusal.reason]
        wait = least + secrets.randbelow(most - least + 1)
    if wait is not None:
        metadata.append((reasons.RETRY_AFTER_KEY, str(max(1, round(wait)))))
    return tuple(metadata)


async def abort(context: grpc.aio.ServicerContext[Any, Any], refusal: Refused) -> NoReturn:
    """End the call with `refusal`."""
    await context.abort(code_of(refusal.reason), refusal.detail or refusal.reason, trailing_metadata(refusal))
    raise AssertionError("abort returned")  # it always raises
