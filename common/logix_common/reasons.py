"""Reason codes on the wire. Append-only: a code is never renamed or given another meaning."""

from __future__ import annotations

from typing import Final

#: gRPC trailing metadata keys of a refusal.
REASON_KEY: Final = "logix-reason"
RETRY_AFTER_KEY: Final = "logix-retry-after"

ENROLMENT_REFUSED: Final = "enrolment-refused"  # wrong, used, expired or foreign token: one answer for all
RATE_LIMITED: Final = "rate-limited"
INVALID_MESSAGE: Final = "invalid-message"
PROTOCOL_UNSUPPORTED: Final = "protocol-unsupported"
UNKNOWN_DEVICE: Final = "unknown-device"
CERTIFICATE_REVOKED: Final = "certificate-revoked"
CERTIFICATE_SUPERSEDED: Final = "certificate-superseded"
IDENTITY_CONFLICT: Final = "identity-conflict"  # two live streams of one identity
DEVICE_DECOMMISSIONED: Final = "device-decommissioned"
REPLACED_BY_NEWER_STREAM: Final = "replaced-by-newer-stream"
SERVER_SHUTTING_DOWN: Final = "server-shutting-down"
SERVER_BUSY: Final = "server-busy"
STORE_UNAVAILABLE: Final = "store-unavailable"
TOO_SLOW: Final = "too-slow"  # no Hello in time, or nothing heard for several heartbeats
GRACE_OVER: Final = "grace-over"  # an expired certificate past the grace period: enrol anew
CERTIFICATE_EXPIRED: Final = "certificate-expired"  # renew on the enrolment port by proof of the old key
UPLOAD_UNKNOWN: Final = "upload-unknown"  # no order of this device that waits for it: one answer for all
UPLOAD_REFUSED: Final = "upload-refused"  # too large, or not what was announced

#: With these there is no use in trying again soon: the agent keeps watching, spools, and tries rarely.
FINAL_REASONS: Final = frozenset(
    {
        UNKNOWN_DEVICE,
        CERTIFICATE_REVOKED,
        CERTIFICATE_SUPERSEDED,
        IDENTITY_CONFLICT,
        DEVICE_DECOMMISSIONED,
        PROTOCOL_UNSUPPORTED,
        GRACE_OVER,
    }
)
