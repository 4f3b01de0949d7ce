"""One reason of an answer: a clause and the sentence that says it to the customer. Pure.

A sentence is a message id with parameters; `contracts.wording` puts it into Turkish and English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Parameter = str | int | date


@dataclass(frozen=True)
class Reason:
    """One sentence to the customer and the clause it rests on."""

    clause: str
    message: str  # an English msgid of the server's catalogue
    parameters: Mapping[str, Parameter] = field(default_factory=dict, hash=False)
