"""Whether a mail is from whom it says, as our own mail server judged it (RFC 8601). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

_RESULT: Final = re.compile(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"\([^()]*\)")


class Verified(StrEnum):
    """What is known of a From."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # nobody whom we trust has judged it


def verified(results: Sequence[str], authserv_id: str) -> Verified:
    """Judge by the newest Authentication-Results of our own server, `authserv_id` ("" = we have none).

    DMARC decides where it says anything, as it ties SPF and DKIM to the address in From; without it an
    SPF that fails, and no DKIM that passes, fails. Headers of other servers are anybody's words.
    """
    ours = next((result for result in results if _of(result) == authserv_id.lower()), None)
    if not authserv_id or ours is None:
        return Verified.UNKNOWN
    found: dict[str, set[str]] = {"dmarc": set(), "spf": set(), "dkim": set()}
    for method, result in _RESULT.findall(_COMMENT.sub(" ", ours.partition(";")[2])):
        found[method.lower()].add(result.lower())
    if "fail" in found["dmarc"]:
        return Verified.FAILED
    if "pass" in found["dmarc"]:
        return Verified.PASSED
    if "fail" in found["spf"] and "pass" not in found["dkim"]:
        return Verified.FAILED
    return Verified.UNKNOWN


def _of(result: str) -> str:
    """The authserv-id that a header begins with; a version may follow it."""
    words = _COMMENT.sub(" ", result.partition(";")[0]).split()
    return words[0].lower() if words else ""
