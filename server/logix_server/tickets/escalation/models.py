"""When a ticket is looked at next, and the steps that were taken; in tables of their own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Escalation(models.Model):
    """One row a ticket whose clock has run; `next_at` None = nothing is due any more."""

    ticket = models.OneToOneField(
        "tickets.Ticket", primary_key=True, on_delete=models.CASCADE, related_name="escalation"
    )
    next_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "tickets"
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="escalation_next")
        ]


class EscalationStep(models.Model):
    """A step of a ticket's clock, taken once; `overtaken`: a later one of its kind was due with it."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="escalation_steps")
    clock = models.CharField(max_length=16)
    step = models.CharField(max_length=64)  # tickets.escalation.steps.step_of
    at = models.DateTimeField()
    overtaken = models.BooleanField(default=False)

    class Meta:
        app_label = "tickets"
        constraints = [
            models.UniqueConstraint(fields=["ticket", "clock", "step"], name="escalation_step_once")
        ]
