"""Tickets with their append-only history, and notices to customers and dealers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import models
from django.db.models.functions import Coalesce

from logix_server.tickets.escalation.models import Escalation, EscalationStep  # noqa: F401  they are tables too

#: What has no committed time is due after everything that has one (Reading 2).
NEVER_DUE: Final = datetime(9000, 1, 1, tzinfo=UTC)


class Ticket(models.Model):
    """A case that an engineer works on. Its deadline is recomputed from `events`, never accumulated."""

    class State(models.TextChoices):
        NEW = "new"
        OPEN = "open"
        WAITING = "waiting"
        WORKAROUND = "workaround"
        SOLVED = "solved"
        CLOSED = "closed"

    class Origin(models.TextChoices):
        DEVICE = "device"
        MAIL = "mail"
        WEB = "web"
        PHONE = "phone"

    number = models.CharField(max_length=20, unique=True)  # LGX-2026-000123
    installation = models.ForeignKey("fleet.Installation", on_delete=models.PROTECT, related_name="tickets")
    unit = models.ForeignKey("fleet.Unit", on_delete=models.PROTECT, related_name="tickets")
    component = models.CharField(max_length=32)
    # One open ticket per installation and part; "" = people opened it, of those there may be many.
    part = models.CharField(max_length=200, blank=True)
    subject = models.JSONField(default=dict)  # {"tr": ..., "en": ...}
    level = models.PositiveSmallIntegerField()
    level_clauses = models.JSONField(default=list)  # the PRI rows that gave it
    level_answers = models.JSONField(default=dict)  # {"PRI-3": 2}: what people answered
    package = models.CharField(max_length=16, blank=True)  # at opening; "" = none runs
    clauses = models.JSONField(default=list)  # what the opening rests on
    deadline = models.DateTimeField(null=True)  # None = no committed time
    deadline_clauses = models.JSONField(default=list)
    answered_at = models.DateTimeField(null=True)  # by a person, for the first time
    missed_at = models.DateTimeField(null=True)  # the deadline that passed before
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.DEVICE)
    reporter = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="reported_tickets"
    )
    assignee = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="assigned_tickets"
    )
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    # Closed for longer than it may be reopened: what came afterwards is a new ticket that follows it.
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    words = models.TextField(blank=True)  # number, serial and subject, folded: what a list is searched by
    # What lists are sorted by (SUP-7), computed by the database so that an index holds the whole order.
    ended = models.GeneratedField(
        expression=models.Case(
            models.When(state__in=["solved", "closed"], then=models.Value(1)), default=models.Value(0)
        ),
        # A number: SQLite looks for "NOT ended" in no index.
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    package_rank = models.GeneratedField(
        expression=models.Case(
            models.When(package="profesyonel", then=models.Value(0)),
            models.When(package="standart", then=models.Value(1)),
            models.When(package="temel", then=models.Value(2)),
            default=models.Value(3),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    due_at = models.GeneratedField(
        expression=Coalesce("deadline", models.Value(NEVER_DUE)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["installation", "part"],
                condition=~models.Q(state__in=["solved", "closed"]) & ~models.Q(part=""),
                name="one_open_ticket_a_part",
            )
        ]
        indexes = [
            models.Index(
                fields=["ended", "level", "package_rank", "-urgent", "due_at", "opened_at", "id"],
                name="ticket_order_of_work",
            ),
            models.Index(fields=["state"], name="ticket_state"),
            models.Index(fields=["installation", "-opened_at"], name="ticket_of_installation"),
            models.Index(fields=["-opened_at", "-id"], name="ticket_newest"),
            models.Index(
                fields=["deadline"],
                condition=models.Q(answered_at__isnull=True, missed_at__isnull=True),
                name="ticket_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class TicketFault(models.Model):
    """Which faults a ticket is about."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="fault_links")
    fault = models.OneToOneField("health.Fault", on_delete=models.PROTECT, related_name="ticket_link")
    joined_at = models.DateTimeField()


class TicketEvent(models.Model):
    """What happened to a ticket, append-only."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=32)  # tickets.decisions.history.EventKind
    actor = models.CharField(max_length=150)
    public = models.BooleanField(default=False)
    detail = models.JSONField(default=dict)
    # What brought the event about, where it may come twice ("fault-event:17"): written once.
    key = models.CharField(max_length=100, null=True, unique=True)


class TicketLink(models.Model):
    """Two tickets that have to do with each other; one row a pair, the lower id first."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links")
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="linked_by")
    linked_by = models.CharField(max_length=150)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other"], name="ticket_link_once"),
            models.CheckConstraint(
                condition=models.Q(ticket__lt=models.F("other")), name="ticket_link_order"
            ),
        ]


class Attachment(models.Model):
    """A file of a ticket. What it holds lies behind the blob port by its SHA-256, and is never trusted."""

    class Origin(models.TextChoices):
        DIAGNOSTICS = "diagnostics"
        PERSON = "person"
        MAIL = "mail"

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="attachments")
    event = models.ForeignKey(TicketEvent, null=True, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=200)  # as shown; never a path
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    origin = models.CharField(max_length=16, choices=Origin.choices)
    public = models.BooleanField(default=False)  # whether the customer sees it
    uploaded_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # None = kept as long as the ticket
    removed_at = models.DateTimeField(null=True)  # what it held is gone, that it was there is not

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False, removed_at__isnull=True),
                name="attachment_expiry",
            ),
            models.Index(fields=["sha256"], name="attachment_blob"),
        ]


class TicketCounter(models.Model):
    """Last number given in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()


class Notice(models.Model):
    """Something a customer or dealer is told; sent by a later effect, here kept once per `key`."""

    key = models.CharField(max_length=200, unique=True)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)
    fault = models.ForeignKey("health.Fault", null=True, on_delete=models.PROTECT)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=32)
    text = models.JSONField(default=dict)  # {"tr": ..., "en": ...}
    clauses = models.JSONField(default=list)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
