"""Service visits with what became of each, and the maintenance agreements that ask for them by themselves."""

from __future__ import annotations

from django.db import models


class MaintenanceAgreement(models.Model):
    """A customer bought regular visits for an installation (SUP-8). Ended early by a word, never deleted."""

    installation = models.ForeignKey(
        "fleet.Installation", on_delete=models.PROTECT, related_name="maintenance_agreements"
    )
    starts_on = models.DateField()
    last_day = models.DateField()
    every_months = models.PositiveSmallIntegerField()
    scope = models.CharField(max_length=500)  # what is done on each visit
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=500, blank=True)


class Visit(models.Model):
    """Somebody of ours goes to an appliance: for a ticket, or because an agreement says so."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        REFUSED = "refused"
        AGREED = "agreed"
        DONE = "done"
        CANCELLED = "cancelled"

    number = models.CharField(max_length=20, unique=True, null=True)  # VIS-000123; given with the row's id
    installation = models.ForeignKey("fleet.Installation", on_delete=models.PROTECT, related_name="visits")
    ticket = models.ForeignKey("tickets.Ticket", null=True, on_delete=models.PROTECT, related_name="visits")
    agreement = models.ForeignKey(
        MaintenanceAgreement, null=True, on_delete=models.PROTECT, related_name="visits"
    )
    due_on = models.DateField(null=True)  # by an agreement
    why = models.CharField(max_length=2000)
    reach = models.CharField(max_length=16, blank=True)  # visits.judgement.Reach; "" = by an agreement
    clauses = models.JSONField(default=list)
    reason = models.JSONField(default=dict)  # {"tr": ..., "en": ...}, as the customer is told
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=150)
    starts_at = models.DateTimeField(null=True)  # as agreed
    ends_at = models.DateTimeField(null=True)
    engineer = models.CharField(max_length=200, blank=True)  # who goes
    agreed_with = models.CharField(max_length=200, blank=True)  # at the customer
    report = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "due_on"], name="agreed_visit_once"),
            models.CheckConstraint(
                condition=models.Q(ticket__isnull=False) | models.Q(agreement__isnull=False),
                name="visit_has_a_cause",
            ),
        ]
        indexes = [models.Index(fields=["state", "starts_at"], name="visit_plan")]

    def __str__(self) -> str:
        return self.number or "VIS"


class VisitStep(models.Model):
    """What happened to a visit: the state it came to, by whom, and what was said of it."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=Visit.State.choices)
    actor = models.CharField(max_length=150)
    detail = models.JSONField(default=dict)
