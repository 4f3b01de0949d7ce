"""Profile, people, invitation, consent: every address with every role, and one customer against another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from logix_common.errors import InvalidInput
from logix_server.accounts import links, people
from logix_server.accounts.models import DealerConsent, Invitation, Organisation, Person, SignIn
from logix_server.accounts.people import NewPerson
from logix_server.accounts.rights import Role
from logix_server.accounts.second_factor import keeping
from logix_server.effects.models import Effect

from tests.server import rows
from tests.server.people import PASSWORD, person, signed_in
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

GOOD = "dört ördek beş kaz"
ALL = set(Role)
MANAGERS = {Role.VENDOR_MANAGER, Role.CUSTOMER_ADMINISTRATOR}
GIVERS = {Role.CUSTOMER_ADMINISTRATOR}
#: (method, path, roles that may, answer to them); MARK is somebody of the own organisation.
ADDRESSES = [
    ("get", "/profile/", ALL, 200),
    ("post", "/profile/", set(), 0),
    ("post", "/profile/details/", ALL, 200),
    ("get", "/profile/details/", set(), 0),
    ("post", "/profile/password/", ALL, 200),
    ("post", "/profile/sessions/end/", ALL, 302),
    ("post", "/profile/sessions/999999/end/", ALL, 404),
    ("get", "/people/", MANAGERS, 200),
    ("get", "/people/?text=x&organisation=y&role=nonsense&page=99", MANAGERS, 200),
    ("get", "/people/invite/", MANAGERS, 200),
    ("post", "/people/invite/", MANAGERS, 200),
    ("get", "/people/MARK/", MANAGERS, 200),
    ("get", "/people/nobody/", MANAGERS, 404),
    ("post", "/people/MARK/", set(), 0),
    ("post", "/people/MARK/role/", MANAGERS, 302),
    ("post", "/people/MARK/invite/", MANAGERS, 302),
    ("post", "/people/MARK/stop/", MANAGERS, 302),
    ("post", "/people/MARK/second-factor/", MANAGERS, None),
    ("post", "/people/MARK/nonsense/", MANAGERS, 404),
    ("get", "/people/MARK/stop/", set(), 0),
    ("get", "/consent/", GIVERS, 200),
    ("post", "/consent/", GIVERS, 302),
]


@pytest.mark.parametrize("role", sorted(ALL))
def test_every_address_answers_every_role_as_its_rights_say(role: Role) -> None:
    for method, path, may, status in ADDRESSES:
        one = person(role)
        mate = person(role, one.organisation)
        answer = getattr(signed_in(one), method)(path.replace("MARK", mate.mark))
        if not may:
            assert answer.status_code == 405, (method, path)
        elif role in may:
            expected = status or (302 if role == Role.VENDOR_MANAGER else 403)
            assert answer.status_code == expected, (method, path, answer.status_code)
        else:
            assert answer.status_code == 403, (method, path, answer.status_code)


@pytest.mark.parametrize(("method", "path"), [(row[0], row[1]) for row in ADDRESSES if row[2]])
def test_a_stranger_is_sent_to_the_log_in(method: str, path: str, client: Client) -> None:
    answer = getattr(client, method)(path.replace("MARK", "x"))
    assert (answer.status_code, answer.headers["Location"][:7]) == (302, "/login/")


def test_one_customers_administrator_does_not_reach_anothers_people() -> None:
    mine, other = person("customer-administrator"), person("customer-user")
    client = signed_in(mine)
    assert other.name not in client.get("/people/").content.decode()
    for path in ("", "role/", "invite/", "stop/", "let-in/"):
        method = client.post if path else client.get
        data = {"role": "customer-administrator"} if path else {}
        assert method(f"/people/{other.mark}/{path}", data).status_code == 404
    assert client.post(f"/people/{other.mark}/second-factor/", {"why": "x"}).status_code == 403
    other.refresh_from_db()
    assert (other.role, other.active) == ("customer-user", True)
    their_session = SignIn.objects.create(user=other.user, begun_at=NOW, last_seen_at=NOW)
    assert client.post(f"/profile/sessions/{their_session.pk}/end/").status_code == 404


def test_an_administrator_invites_and_stops_people_of_the_own_organisation() -> None:
    one = person("customer-administrator")
    client = signed_in(one)
    form = {"name": "Mehmet", "email": "m@x.example", "role": "customer-user", "language": "tr"}
    other = Organisation.objects.create(kind="customer", name="Other", created_at=NOW)
    answer = client.post(
        "/people/invite/", form | {"organisation": other.name}
    )  # which is no field of theirs
    added = Person.objects.get(email="m@x.example")
    assert answer.headers["Location"] == f"/people/{added.mark}/"
    assert (added.organisation, Invitation.objects.count()) == (one.organisation, 1)
    assert Effect.objects.filter(kind="person.invited").count() == 1
    refused = client.post("/people/invite/", form | {"role": "vendor-manager", "email": "n@x.example"})
    assert (refused.status_code, Person.objects.filter(email="n@x.example").exists()) == (200, False)
    twice = client.post("/people/invite/", form)
    assert b"errorlist" in twice.content
    client.post(f"/people/{added.mark}/stop/")
    added.refresh_from_db()
    assert not added.active
    client.post(f"/people/{added.mark}/let-in/")
    added.refresh_from_db()
    assert added.active
    client.post(f"/people/{one.mark}/stop/")
    one.refresh_from_db()
    assert one.active  # not oneself


def test_a_manager_of_ours_invites_people_of_any_organisation() -> None:
    dealer = Organisation.objects.create(kind="dealer", name="Bayi", created_at=NOW)
    client = signed_in("vendor-manager")
    form = {"name": "D", "email": "d@x.example", "role": "dealer", "language": "en", "organisation": "Bayi"}
    client.post("/people/invite/", form)
    assert Person.objects.get(email="d@x.example").organisation == dealer
    wrong = client.post("/people/invite/", form | {"organisation": "Nobody", "email": "e@x.example"})
    assert (wrong.status_code, b"errorlist" in wrong.content) == (200, True)


def test_a_manager_takes_a_lost_second_factor_away_with_a_reason() -> None:
    lost = person("support-engineer")
    secret_id = int(lost.user_id or 0)
    keeping.begin(secret_id)
    client = signed_in("vendor-manager")
    client.post(f"/people/{lost.mark}/second-factor/", {"why": " "})
    assert keeping.factor_of(secret_id).confirmed_at is None
    assert keeping.begin(secret_id)  # still there
    answer = client.post(f"/people/{lost.mark}/second-factor/", {"why": "called back"})
    assert [message.tags for message in get_messages(answer.wsgi_request)][-1] == "success"


def link_of(one: Person) -> str:
    return people.invite(one.pk, by="operator:test", now=timezone.now())


def contact() -> Person:
    acme = Organisation.objects.create(kind="customer", name="Acme & Co", created_at=NOW)
    new = NewPerson(acme.pk, "customer-user", "Ayşe", "ayse@acme.example")
    return people.add(new, by="operator:test", now=NOW)


def test_a_link_leads_to_a_password_and_its_token_leaves_the_address(client: Client) -> None:
    one = contact()
    token = link_of(one)
    answer = client.get("/password/new/", {"t": token})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/password/new/")
    for _ in range(3):  # a mail scanner that looks uses nothing up
        page = client.get("/password/new/")
        assert (page.status_code, b"ayse@acme.example" in page.content) == (200, True)
        assert token not in page.content.decode()
    different = client.post("/password/new/", {"password": GOOD, "again": GOOD + "x"})
    poor = client.post("/password/new/", {"password": "ayse@acme", "again": "ayse@acme"})
    assert [b"errorlist" in answer.content for answer in (different, poor)] == [True, True]
    done = client.post("/password/new/", {"password": GOOD, "again": GOOD})
    assert done.headers["Location"] == "/login/"
    assert client.get("/password/new/", {"t": token}, follow=True).status_code == 404
    assert client.post("/login/", {"username": "ayse@acme.example", "password": GOOD}).status_code == 302


@pytest.mark.parametrize("token", ["", "x", "a:b", "x" * 5_000, "\x00", "%F0%9F"])
def test_a_link_that_is_none_is_told_so(client: Client, token: str) -> None:
    answer = client.get("/password/new/", {"t": token}, follow=True)
    assert (answer.status_code, b"refused" in answer.content) == (404, True)
    assert client.post("/password/new/", {"password": GOOD, "again": GOOD}).status_code == 404


def test_trying_links_ends_soon(client: Client) -> None:
    statuses = [client.get("/password/new/").status_code for _ in range(42)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_asking_for_a_new_password_tells_nothing(client: Client) -> None:
    known = person("customer-user")
    pages = []
    for email in (known.email, "nobody@x.example"):
        answer = client.post("/password/forgotten/", {"email": email})
        token = rb'name="csrfmiddlewaretoken" value="[^"]+"'  # another one on every page
        pages.append((answer.status_code, re.sub(token, b"", answer.content)))
    assert pages[0] == pages[1]
    assert Effect.objects.filter(kind="person.reset-asked").count() == 2
    for _ in range(5):
        assert client.post("/password/forgotten/", {"email": known.email}).status_code == 200
    assert Effect.objects.filter(kind="person.reset-asked").count() == 4  # three mails to one address
    assert client.post("/password/forgotten/", {"email": "no address"}).status_code == 200


def test_the_own_details_and_language(settings: Any) -> None:
    one = person("customer-user")
    client = signed_in(one)
    form = {"name": "Ayşe Kaya", "phone": "0090 532 123 45 67", "language": "en"}
    assert client.post("/profile/details/", form).headers["Location"] == "/profile/"
    page = client.get("/profile/").content.decode()
    assert '<html lang="en">' in page
    assert "Ayşe Kaya" in page
    one.refresh_from_db()
    assert (one.phone, one.language) == ("+905321234567", "en")
    wrong = client.post("/profile/details/", form | {"phone": "5"})
    assert (wrong.status_code, b"errorlist" in wrong.content) == (200, True)


def test_a_new_password_ends_the_other_sessions_and_not_this_one() -> None:
    one = person("customer-user")
    mine, other = signed_in(one), signed_in(one)
    wrong = mine.post("/profile/password/", {"old": "no", "password": GOOD, "again": GOOD})
    assert (wrong.status_code, b"errorlist" in wrong.content) == (200, True)
    before = mine.session.session_key
    done = mine.post("/profile/password/", {"old": PASSWORD, "password": GOOD, "again": GOOD})
    assert done.headers["Location"] == "/profile/"
    assert mine.session.session_key != before
    assert mine.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    for _ in range(5):
        mine.post("/profile/password/", {"old": "no", "password": PASSWORD, "again": PASSWORD})
    mine.post("/profile/password/", {"old": GOOD, "password": PASSWORD, "again": PASSWORD})
    assert one.user is not None
    one.user.refresh_from_db()
    assert one.user.check_password(GOOD)  # whoever found the screen open guesses no longer


def test_sessions_are_listed_and_ended_one_by_one_and_all() -> None:
    one = person("customer-user")
    mine, second, third = (signed_in(one) for _ in range(3))
    page = mine.get("/profile/")
    assert len(page.context["sessions"]) == 3
    first = SignIn.objects.order_by("id")[1]
    mine.post(f"/profile/sessions/{first.pk}/end/")
    assert second.get("/profile/").status_code == 302
    assert third.get("/profile/").status_code == 200
    mine.post("/profile/sessions/end/")
    assert third.get("/profile/").status_code == 302
    assert mine.get("/profile/").status_code == 200


def test_consent_is_given_and_withdrawn_on_the_page() -> None:
    customer = rows.customer(dealer=True)
    client = signed_in(person("customer-administrator", customer))
    client.post("/consent/", {"answer": "nonsense"})
    assert not DealerConsent.objects.exists()
    client.post("/consent/", {"answer": "give"})
    page = client.get("/consent/").content.decode()
    assert customer.dealer is not None
    assert customer.dealer.name in page
    assert 'value="withdraw"' in page
    client.post("/consent/", {"answer": "withdraw"})
    assert not DealerConsent.objects.filter(withdrawn_at__isnull=True).exists()


def test_no_page_holds_script_or_style_of_its_own() -> None:
    one = person("vendor-manager")
    client = signed_in(one)
    paths = ["/profile/", "/people/", f"/people/{one.mark}/", "/people/invite/", "/second-factor/set-up/"]
    for path in paths:
        page = client.get(path).content.decode()
        assert "style=" not in page, path
        assert "<script>" not in page, path
        assert "onclick" not in page, path


def test_an_invented_link_begins_no_session(client: Client) -> None:
    for number in range(5):
        assert client.get(f"/password/new/?t=invented{number}:signature").status_code == 302
    assert Session.objects.count() == 0
    assert client.get("/password/new/").status_code == 404


def test_a_changed_password_ends_the_links_that_were_sent_before() -> None:
    one = person()
    _to, _id, token = links.issue_reset(one.pk, timezone.now()) or pytest.fail("no link")
    browser = signed_in(one)
    told = {"old": PASSWORD, "password": GOOD, "again": GOOD}
    assert browser.post("/profile/password/", told).status_code == 302
    with pytest.raises(InvalidInput):
        people.accept(token, "yedi sekiz dokuz on", timezone.now())


@pytest.mark.parametrize(
    "back", ["/login/", "/login/?next=/login/", "//evil.example/", "https://evil.example/"]
)
def test_nobody_who_is_signed_in_is_sent_in_a_circle_or_away(back: str) -> None:
    answer = signed_in("customer-user").get("/login/", {"next": back})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
