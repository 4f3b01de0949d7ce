"""Whether a mail is from whom it says, as our own mail server judged it (RFC 8601). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

#: At the beginning of each result: what follows (smtp.mailfrom=...) are the sender's own words.
_RESULT: Final = re.compile(r"\s*(dmarc|spf|dkim)\s*(?:/\s*[0-9]+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_MOST_NESTED: Final = 20
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
    for words in _plain(ours).split(";")[1:]:
        if told := _RESULT.match(words):
            found[told[1].lower()].add(told[2].lower())
    if "fail" in found["dmarc"]:
        return Verified.FAILED
    if "pass" in found["dmarc"]:
        return Verified.PASSED
    if "fail" in found["spf"] and "pass" not in found["dkim"]:
        return Verified.FAILED
    return Verified.UNKNOWN


def _plain(header: str) -> str:
    """Without quoted words and comments, also those within comments."""
    words = _QUOTED.sub(" ", header)
    for _ in range(_MOST_NESTED):
        words, found = _COMMENT.subn(" ", words)
        if not found:
            break
    return words


def _of(result: str) -> str:
    """The authserv-id that a header begins with; a version may follow it."""
    words = _COMMENT.sub(" ", result.partition(";")[0]).split()
    return words[0].lower() if words else ""
