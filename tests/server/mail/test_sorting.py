"""Where a mail goes, as a table; nothing of a machine is ever answered."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.mail.authentication import Verified, verified
from logix_server.mail.reading.mail_read import Headers
from logix_server.mail.sorting import Course, Facts, Sender, TicketNamed, Why, decide

OWN = frozenset({"destek@logix.example"})
HEADERS = Headers(message_id="1@ege.example", sender="it@ege.example", subject="Disk")
KNOWN = Facts(
    HEADERS, "it@ege.example", OWN, Verified.UNKNOWN, sender=Sender(1, ours=False), sole_installation=7
)
MINE = TicketNamed("LGX-2026-000001", may_write=True, signed_ours=False)
OTHERS = TicketNamed("LGX-2026-000002", may_write=False, signed_ours=False)
OURS = TicketNamed("LGX-2026-000001", may_write=True, signed_ours=True)


def facts(**changes: Any) -> Facts:
    names = {field.name for field in dataclasses.fields(Headers)}
    of_headers = {name: changes.pop(name) for name in list(changes) if name in names and name != "sender"}
    if "from_" in changes:
        of_headers["sender"] = changes.pop("from_")
    return dataclasses.replace(KNOWN, headers=dataclasses.replace(HEADERS, **of_headers), **changes)


@pytest.mark.parametrize(
    ("changes", "course", "why"),
    [
        ({}, Course.OPEN, Why.NEW_TICKET),
        ({"auto_submitted": "auto-replied"}, Course.IGNORE, Why.AUTOMATIC),
        ({"auto_submitted": "auto-generated"}, Course.IGNORE, Why.AUTOMATIC),
        ({"auto_submitted": "no"}, Course.OPEN, Why.NEW_TICKET),
        ({"autoreply": True}, Course.IGNORE, Why.AUTOMATIC),
        ({"envelope_from": ""}, Course.IGNORE, Why.NULL_SENDER),
        ({"envelope_from": None}, Course.OPEN, Why.NEW_TICKET),
        ({"null_return_path": True}, Course.IGNORE, Why.NULL_SENDER),
        ({"report": True}, Course.IGNORE, Why.DELIVERY_REPORT),
        ({"of_list": True}, Course.IGNORE, Why.MAILING_LIST),
        ({"precedence": "bulk"}, Course.IGNORE, Why.BULK),
        ({"precedence": "list"}, Course.IGNORE, Why.BULK),
        ({"from_": "destek@logix.example"}, Course.IGNORE, Why.OWN_ADDRESS),
        ({"from_": "destek+lgx-2026-000001.0@logix.example"}, Course.IGNORE, Why.OWN_ADDRESS),
        ({"loops": ("destek@logix.example",)}, Course.IGNORE, Why.LOOP),
        ({"duplicate": True}, Course.IGNORE, Why.DUPLICATE),
        ({"from_": ""}, Course.QUARANTINE, Why.NO_SENDER),
        ({"verified": Verified.FAILED}, Course.QUARANTINE, Why.FORGED),
        ({"sender": None}, Course.QUARANTINE, Why.UNKNOWN_SENDER),
        ({"sender": None, "ticket": OTHERS}, Course.QUARANTINE, Why.UNKNOWN_SENDER),
        ({"ticket": MINE}, Course.MESSAGE, Why.ON_TICKET),
        ({"ticket": OTHERS}, Course.QUARANTINE, Why.OTHERS_TICKET),
        ({"ticket": OURS, "sender": Sender(2, ours=True)}, Course.ANSWER, Why.ON_TICKET),
        ({"ticket": MINE, "sender": Sender(2, ours=True)}, Course.QUARANTINE, Why.OURS_UNSIGNED),
        ({"sender": Sender(2, ours=True)}, Course.QUARANTINE, Why.OURS_NEW),
        ({"opened_lately": 20}, Course.QUARANTINE, Why.TOO_MANY),
        ({"opened_lately": 20, "ticket": MINE}, Course.MESSAGE, Why.ON_TICKET),
        ({"written_lately": 60, "ticket": MINE}, Course.QUARANTINE, Why.TOO_MANY),
        ({"written_lately": 60}, Course.OPEN, Why.NEW_TICKET),
        ({"sole_installation": None}, Course.ASK, Why.WHICH_DEVICE),
        ({"sole_installation": None, "asked_lately": True}, Course.WAIT, Why.WHICH_DEVICE),
        ({"sole_installation": None, "installations": (5,)}, Course.OPEN, Why.NEW_TICKET),
        ({"installations": (5, 6)}, Course.ASK, Why.WHICH_DEVICE),
    ],
)
def test_where_a_mail_goes(changes: dict[str, Any], course: Course, why: Why) -> None:
    verdict = decide(facts(**changes))
    assert (verdict.course, verdict.why) == (course, why)


@given(
    auto=st.sampled_from(["auto-replied", "auto-generated", "auto-notified", "x"]),
    sender=st.sampled_from([None, Sender(1, ours=False), Sender(2, ours=True)]),
    ticket=st.sampled_from([None, MINE, OTHERS, OURS]),
    verdict=st.sampled_from(list(Verified)),
    places=st.lists(st.integers(1, 3), max_size=3).map(tuple),
)
def test_nothing_of_a_machine_is_ever_acted_upon(
    auto: str, sender: Sender | None, ticket: TicketNamed | None, verdict: Verified, places: tuple[int, ...]
) -> None:
    given_facts = facts(
        auto_submitted=auto, sender=sender, ticket=ticket, verified=verdict, installations=places
    )
    assert decide(given_facts).course is Course.IGNORE


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        (["mx.logix.example; dmarc=pass header.from=ege.example"], Verified.PASSED),
        (["mx.logix.example 1; spf=fail smtp.mailfrom=x; dmarc=fail (p=NONE)"], Verified.FAILED),
        (["mx.logix.example; spf=fail; dkim=none"], Verified.FAILED),
        (["mx.logix.example; spf=fail; dkim=pass"], Verified.UNKNOWN),
        (["mx.logix.example; spf=fail smtp.mailfrom=dkim=pass@evil.example"], Verified.FAILED),
        (['mx.logix.example; spf=fail smtp.mailfrom="a;dmarc=pass"@evil.example'], Verified.FAILED),
        (["mx.logix.example; spf=fail (a (b; dmarc=pass) ; dkim=pass)"], Verified.FAILED),
        (["mx.logix.example; spf=fail; dkim/1 = pass"], Verified.UNKNOWN),
        (["mx.logix.example; none"], Verified.UNKNOWN),
        (["mx.other.example; dmarc=pass"], Verified.UNKNOWN),
        (["mx.logix.example; dmarc=fail", "mx.logix.example; dmarc=pass"], Verified.FAILED),
        (["mx.logix.example; (dmarc=pass) dmarc=fail"], Verified.FAILED),
        ([], Verified.UNKNOWN),
    ],
)
def test_only_our_own_server_is_believed(results: list[str], outcome: Verified) -> None:
    assert verified(results, "mx.logix.example") is outcome
    assert verified(results, "") is Verified.UNKNOWN
