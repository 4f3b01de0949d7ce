"""How quickly the queue, a customer's list and a ticket's page are read with 100,000 tickets.

`python -m tests.bench.ticket_queue [--tickets 100000] [--open 1.0]`, `--open`: the part that is neither
solved nor closed. Uses the database of LOGIX_DATABASE_URL, which must be empty, `--postgres` a PostgreSQL
server of its own, else a temporary SQLite.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
from datetime import UTC, datetime, timedelta

from tests.bench.health_store import milliseconds, show
from tests.postgres import PostgresServer

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
SITES, SITES_A_CUSTOMER = 2_000, 10
WORDS = ("İnternet yavaş", "Şifre çalışmıyor", "Rapor gelmiyor", "Disk arızası", "VPN kopuyor")


def fill(tickets: int, still_open: float) -> None:
    from logix_server.accounts.models import DealerConsent, Organisation, Person
    from logix_server.fleet.models import Installation, Unit
    from logix_server.knowledge.folding import fold
    from logix_server.tickets.models import Ticket, TicketEvent

    chance = random.Random(1)
    ours = Organisation.objects.create(kind="vendor", name="Logix", created_at=NOW)
    dealer = Organisation.objects.create(kind="dealer", name="Bayi", created_at=NOW)
    people = [_person(Person, ours, "support-engineer", number) for number in range(20)]
    _person(Person, dealer, "dealer", 100)
    customers = [
        Organisation.objects.create(kind="customer", name=f"Customer {n}", dealer=dealer, created_at=NOW)
        for n in range(SITES // SITES_A_CUSTOMER)
    ]
    for number, customer in enumerate(customers):
        _person(Person, customer, "customer-user", 1_000 + number)
        if number % 4 == 0:
            DealerConsent.objects.create(customer=customer, dealer=dealer, given_by="x", given_at=NOW)
    places = Installation.objects.bulk_create(
        Installation(customer=customers[n // SITES_A_CUSTOMER], name=f"Site {n}", created_at=NOW)
        for n in range(SITES)
    )
    units = Unit.objects.bulk_create(
        Unit(device_id=f"{n:032x}", serial=f"LGX{n:05d}", model="FW", installation=place, state="active",
             state_at=NOW, registered_at=NOW)
        for n, place in enumerate(places)
    )  # fmt: skip
    rows = []
    for number in range(1, tickets + 1):
        unit, words = chance.choice(units), chance.choice(WORDS)
        name = f"LGX-2026-{number:06d}"
        ended = chance.random() >= still_open
        rows.append(
            Ticket(
                number=name, installation_id=unit.installation_id, unit=unit, component="system",
                subject={"tr": words, "en": words}, words=fold(f"{name} {unit.serial} {words}"),
                level=chance.choice((1, 2, 3, 3, 3)),
                package=chance.choice(("", "temel", "standart", "profesyonel")),
                urgent=chance.random() < 0.02, state="closed" if ended else "open", state_at=NOW,
                opened_at=NOW - timedelta(minutes=number),
                deadline=None if chance.random() < 0.3 else NOW + timedelta(minutes=chance.randrange(10_000)),
                assignee=None if chance.random() < 0.2 else chance.choice(people),
            )
        )  # fmt: skip
    made = Ticket.objects.bulk_create(rows, batch_size=1_000)
    opening = {"level": 3, "package": "standart", "suspended": False}
    TicketEvent.objects.bulk_create(
        (
            TicketEvent(ticket=one, at=one.opened_at, kind=kind, actor="contact:x", public=True, detail=told)
            for one in made
            for kind, told in (("opened", opening), ("message", {"text": "x"}), ("note", {"text": "x"}))
        ),
        batch_size=2_000,
    )


def _person(kind, organisation, role, number):  # type: ignore[no-untyped-def]
    return kind.objects.create(
        organisation=organisation, role=role, name=f"P {number}", email=f"p{number}@x.example", created_at=NOW
    )


def reads(tickets: int) -> None:
    from logix_server.accounts.access import viewer
    from logix_server.accounts.models import Person
    from logix_server.tickets.listing import Page, QueueFilter, Tab, queue
    from logix_server.tickets.reading import ticket_page

    engineer = viewer(Person.objects.get(email="p3@x.example"))
    asked = {
        "queue, first page": (engineer, QueueFilter(), Page()),
        "queue, page 200": (engineer, QueueFilter(), Page(200)),
        "mine": (engineer, QueueFilter(tab=Tab.MINE), Page()),
        "unassigned": (engineer, QueueFilter(tab=Tab.UNASSIGNED), Page()),
        "level 1, profesyonel": (engineer, QueueFilter(level=1, package="profesyonel"), Page()),
        "one customer": (engineer, QueueFilter(customer_id=30), Page()),
        "by number": (engineer, QueueFilter(ended=None, text=f"{tickets // 2:06d}"), Page()),
        "by words": (engineer, QueueFilter(text="sifre calismiyor"), Page()),
        "all, solved too": (engineer, QueueFilter(ended=None), Page()),
        "a customer's list": (viewer(Person.objects.get(email="p1005@x.example")), QueueFilter(), Page()),
        "a dealer's list": (viewer(Person.objects.get(email="p100@x.example")), QueueFilter(), Page()),
    }
    for name, question in asked.items():
        found = queue(*question)
        took = [milliseconds(lambda q=question: queue(*q)) for _ in range(15)]
        show(f"{name} ({found.total})", took)
    numbers = [f"LGX-2026-{number:06d}" for number in random.Random(2).sample(range(1, tickets), 30)]
    show("a ticket's page", [milliseconds(lambda n=n: ticket_page(engineer, n, NOW)) for n in numbers])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--open", type=float, default=1.0)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="logix-bench-")
    server = PostgresServer() if options.postgres else None
    os.environ["LOGIX_DATA"] = folder
    if server is not None:
        os.environ["LOGIX_DATABASE_URL"] = server.create("bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logix_server.settings")
    try:
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        fill(options.tickets, options.open)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"{connection.vendor}: {options.tickets} tickets, {options.open:.0%} open", flush=True)
        reads(options.tickets)
        connection.close()
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
