"""What a statement says, from the decision to the bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from logix_common.module_statement import ModuleStatement, canonical, encoded

from logix_server.contracts.wording import sentences
from logix_server.modules.judgement import Stand, State


@dataclass(frozen=True)
class Content:
    """All of a statement but for whom, when and the how-manieth it is."""

    others: bool
    clauses: tuple[str, ...]
    reason: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of the content: another one means that a new statement is due."""
        told: dict[str, Any] = {
            "clauses": list(self.clauses),
            "others": self.others,
            "reason": self.reason,
        }
        return hashlib.sha256(canonical(told)).hexdigest()


def content_of(stand: Stand) -> Content:
    """The content that says `stand`, with its sentences in both languages."""
    return Content(stand.state is not State.DISABLED, stand.clauses, sentences(stand.reasons))


def payload(content: Content, device_id: str, counter: int, last_disabling: int, at: datetime) -> bytes:
    """The bytes to sign."""
    return encoded(
        ModuleStatement(
            device_id=device_id,
            counter=counter,
            issued_at=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            others=content.others,
            clauses=content.clauses,
            reason=content.reason,
            last_disabling=last_disabling,
        )
    )
