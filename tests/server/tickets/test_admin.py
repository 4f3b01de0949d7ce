"""The admin shows every slice's rows and writes none of these."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from logix_server.effects.dispatch import run_pending
from logix_server.health.actions import apply_findings
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.health.told import finding
from tests.server.people import let_in
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SLICES = {"contracts", "health", "tickets", "effects"}
#: What an administrator may add, by the actions of the command line.
APPENDED = {"closure", "closurewithdrawal"}


@pytest.fixture
def client() -> Client:
    ayse = get_user_model().objects.create_superuser("ayse", "ayse@example.org", "a long enough password")
    return let_in(Client(), ayse)


def test_every_list_and_every_search_answers(client: Client) -> None:
    unit, lapsed = rows.unit(), rows.unit(rows.customer(dealer=True))
    rows.contract(unit, package="standart", extended=True, renewals=((date(2026, 1, 1), 1),))
    rows.contract(lapsed, purchased_on=date(2020, 1, 1))
    apply_findings([finding(unit.id, "a1"), finding(lapsed.id, "b1")])
    run_pending(NOW)
    seen = set()
    for model in admin.site._registry:
        label, name = model._meta.app_label, model._meta.model_name
        if label in SLICES:
            seen.add(name)
            response = client.get(reverse(f"admin:{label}_{name}_changelist"), {"q": "LGX"})
            assert response.status_code == 200, name
            added = 200 if name in APPENDED else 403
            assert client.get(reverse(f"admin:{label}_{name}_add")).status_code == added, name
    assert {"ticket", "fault", "packagepurchase", "effect", "notice"} <= seen


def test_a_ticket_is_shown_and_cannot_be_changed_or_deleted(client: Client) -> None:
    unit = rows.unit()
    rows.contract(unit)
    apply_findings([finding(unit.id, "a1")])
    run_pending(NOW)
    ticket = Ticket.objects.get()
    change = reverse("admin:tickets_ticket_change", args=[ticket.pk])
    assert ticket.number in client.get(change).content.decode()
    assert client.post(change, {"level": 3}).status_code == 403
    assert client.post(reverse("admin:tickets_ticket_delete", args=[ticket.pk])).status_code == 403
    ticket.refresh_from_db()
    assert ticket.level == 2
