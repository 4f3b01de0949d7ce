"""Every address of the portal, walked with every role: an address without a row here fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from logix_server.accounts.models import DealerConsent, Organisation, Person
from logix_server.accounts.rights import Role
from logix_server.knowledge import actions as knowledge
from logix_server.knowledge.actions import Content, Text
from logix_server.knowledge.lifecycle import ArticleState
from logix_server.replacements import actions as replacements
from logix_server.replacements.actions import Wanted
from logix_server.tickets.desk.requests import Request, open_request
from logix_server.visits import actions as visits
from logix_server.visits.judgement import Reach

from tests.server import rows
from tests.server.people import person, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ROLES: Final = (
    "stranger",
    Role.VENDOR_MANAGER,
    Role.SUPPORT_ENGINEER,
    Role.RELEASE_MANAGER,
    Role.DEALER,
    Role.CUSTOMER_ADMINISTRATOR,
    Role.CUSTOMER_USER,
)


@dataclass(frozen=True)
class Row:
    """What each of `ROLES` is answered, in their order; forms are sent empty. `of`: the address's words."""

    answers: str
    of: Mapping[str, Any] | None = None
    method: str = "get"


#: NUMBER, SERIAL, MARK and SLUG: a ticket, its device, a person of the customer, a public article.
#: RMA and VIS: a replacement and a visit of the ticket.
#: What leads a stranger elsewhere than to the log-in.
OPEN: Final = {"language", "admin-password"}
TABLE: Final[Mapping[str, Row]] = {
    "start": Row("302 302 302 302 302 302 302"),
    "queue": Row("302 200 200 200 403 403 403"),
    "tickets": Row("302 403 403 403 200 200 200"),
    "ticket-new": Row("302 200 200 403 302 302 302"),
    "ticket-new-for": Row("302 200 200 403 200 200 200", {"serial": "SERIAL"}),
    "ticket-suggestions": Row("302 200 200 403 200 200 200"),
    "ticket": Row("302 200 200 200 200 200 200", {"number": "NUMBER"}),
    "ticket-act": Row("302 422 422 403 404 404 404", {"number": "NUMBER", "what": "answer"}, "post"),
    "attachment": Row("302 404 404 404 404 404 404", {"attachment_id": 999_999}),
    "devices": Row("302 200 200 200 200 200 200"),
    "device": Row("302 200 200 200 200 200 200", {"serial": "SERIAL"}),
    "language": Row("302 302 302 302 302 302 302", method="post"),
    "login": Row("200 302 302 302 302 302 302"),
    "logout": Row("302 302 302 302 302 302 302", method="post"),
    "admin-password": Row("302 302 302 302 302 302 302"),
    "second-factor": Row("302 302 302 302 302 302 302"),
    "second-factor-set-up": Row("302 200 200 200 200 200 200"),
    "second-factor-codes": Row("302 302 302 302 302 302 302", method="post"),
    "second-factor-off": Row("302 302 302 302 302 302 302", method="post"),
    "choose-password": Row("404 404 404 404 404 404 404"),
    "forgotten": Row("200 200 200 200 200 200 200"),
    "profile": Row("302 200 200 200 200 200 200"),
    "profile-details": Row("302 200 200 200 200 200 200", method="post"),
    "profile-password": Row("302 200 200 200 200 200 200", method="post"),
    "end-session": Row("302 404 404 404 404 404 404", {"sign_in_id": 999_999}, "post"),
    "end-other-sessions": Row("302 302 302 302 302 302 302", method="post"),
    "people": Row("302 200 403 403 403 200 403"),
    "invite": Row("302 200 403 403 403 200 403"),
    "person": Row("302 200 403 403 403 200 403", {"mark": "MARK"}),
    "person-act": Row("302 302 403 403 403 409 403", {"mark": "MARK", "what": "stop"}, "post"),
    "consent": Row("302 403 403 403 403 200 403"),
    "page-reply": Row("401 401 401 401 401 401 401", method="post"),
    "page-acknowledge": Row("404 404 404 404 404 404 404", {"token": "made-up"}),
    "articles": Row("302 200 200 200 200 200 200"),
    "article": Row("302 200 200 200 200 200 200", {"slug": "SLUG"}),
    "article-new": Row("302 200 200 200 403 403 403"),
    "article-write": Row("302 200 200 200 403 403 403", {"slug": "SLUG"}),
    "article-move": Row("302 404 404 404 403 403 403", {"slug": "SLUG"}, "post"),
    "replacements": Row("302 200 200 200 200 200 200"),
    "replacement-new": Row("302 200 200 403 200 200 200"),
    "replacement": Row("302 200 200 200 200 200 200", {"number": "RMA"}),
    "replacement-act": Row("302 422 422 403 403 403 403", {"number": "RMA", "what": "ship"}, "post"),
    "visits": Row("302 200 200 200 200 200 200"),
    "visit-new": Row("302 200 200 403 200 200 200"),
    "visit": Row("302 200 200 200 200 200 200", {"number": "VIS"}),
    "visit-act": Row("302 422 422 403 403 403 403", {"number": "VIS", "what": "agree"}, "post"),
    "agreements": Row("302 200 200 200 200 200 200"),
    "inbox": Row("302 200 200 403 403 403 403"),
    "mail": Row("302 404 404 403 403 403 403", {"mail_id": 999_999}),
    "mail-act": Row("302 404 404 403 403 403 403", {"mail_id": 999_999, "what": "discard"}, "post"),
    "rota": Row("302 200 200 200 403 403 403"),
    "rota-swap": Row("302 422 403 403 403 403 403", method="post"),
    "rota-withdraw": Row("302 404 403 403 403 403 403", {"override_id": 999_999}, "post"),
    "pages-sent": Row("302 200 200 200 403 403 403"),
    "page-sent": Row("302 404 404 404 403 403 403", {"page_id": 999_999}),
    "page-take": Row("302 404 404 403 403 403 403", {"page_id": 999_999}, "post"),
    "products": Row("302 200 200 200 403 403 403"),
    "product": Row("302 200 200 200 403 403 403", {"model": "FW-100"}),
    "product-act": Row("302 422 403 422 403 403 403", {"model": "FW-100", "what": "release"}, "post"),
    "healthz": Row("503 503 503 503 503 503 503"),
}


def named(patterns: Any = None) -> Iterator[str]:
    """The names of all addresses; Django's administration has tests of its own."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from named(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name


def test_every_address_has_its_row() -> None:
    assert sorted(named()) == sorted(TABLE)


def published(slug: str, now: datetime) -> None:
    """An article that everybody may read."""
    text = {"tr": Text("Title", "Text")}
    knowledge.write(slug, Content(text, internal=False), actor="operator:test", now=now)
    knowledge.move(slug, ArticleState.PUBLISHED, actor="operator:test", now=now)


def people_of_every_role(customer: Organisation) -> dict[str, Person]:
    """Of each role somebody who may see the customer, if any of that role may."""
    of = {Role.DEALER: customer.dealer, Role.CUSTOMER_ADMINISTRATOR: customer, Role.CUSTOMER_USER: customer}
    return {role: person(role, of.get(Role(role))) for role in ROLES if role != "stranger"}


def walked(name: str, known: Mapping[str, Any], people: Mapping[str, Person]) -> str:
    """What each role is answered at the address; nothing of what that changes stays."""
    row, found = TABLE[name], []
    words = {word: known.get(value, value) for word, value in (row.of or {}).items()}
    with transaction.atomic():
        for role in ROLES:
            client = Client() if role == "stranger" else signed_in(people[role])
            answer = getattr(client, row.method)(reverse(name, kwargs=words))
            if role == "stranger" and answer.status_code == 302 and name not in OPEN:
                assert answer.headers["Location"].startswith("/login/"), name
            found.append(str(answer.status_code))
        transaction.set_rollback(True)
    return " ".join(found)


def test_every_role_is_answered_as_it_should_be_everywhere() -> None:
    now = datetime.now(UTC)
    customer = rows.customer(dealer=True)
    DealerConsent.objects.create(customer=customer, dealer=customer.dealer, given_by="x", given_at=now)
    unit = rows.unit(customer)
    rows.contract(unit, purchased_on=now.date(), package="profesyonel", package_from=now.date())
    asked = Request(unit.installation_id, "Subject", "Text", {"PRI-3": 2})
    ticket = open_request(asked, actor="operator:test", now=now)
    published("disk", now)
    people = people_of_every_role(customer)
    known = {"NUMBER": ticket.number, "SERIAL": unit.serial, "SLUG": "disk"}
    by: dict[str, Any] = {"actor": "operator:test", "now": now}
    known["RMA"] = str(replacements.request(Wanted(ticket.number, "disk:A"), **by).number)
    known["VIS"] = str(visits.request(ticket.number, "Ports", Reach.OPENED, **by).number)
    known["MARK"] = person(Role.CUSTOMER_USER, customer).mark
    found = {name: walked(name, known, people) for name in TABLE}
    assert found == {name: row.answers for name, row in TABLE.items()}
