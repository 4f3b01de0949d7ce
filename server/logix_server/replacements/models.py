"""Parts and units replaced under warranty (WAR), with what became of each, append-only."""

from __future__ import annotations

from django.db import models


class Replacement(models.Model):
    """One faulty part or unit, from the request to the return of what was faulty."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        CONFIRMED = "confirmed"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        SHIPPED = "shipped"
        RECEIVED = "received"
        FITTED = "fitted"
        CLOSED = "closed"

    class Course(models.TextChoices):
        ADVANCE = "advance"
        RETURN_FIRST = "return-first"

    class Outcome(models.TextChoices):
        REPAIRED = "repaired"
        PART_REPLACED = "part-replaced"
        UNIT_REPLACED = "unit-replaced"

    number = models.CharField(max_length=20, unique=True, null=True)  # RMA-000123; given with the row's id
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="replacements")
    installation = models.ForeignKey(
        "fleet.Installation", on_delete=models.PROTECT, related_name="replacements"
    )
    unit = models.ForeignKey("fleet.Unit", on_delete=models.PROTECT, related_name="replacements")
    whole_unit = models.BooleanField()
    part = models.CharField(max_length=200)  # "disk:WD-123"; of a whole unit its serial
    fault_code = models.CharField(max_length=64, blank=True)
    cause = models.CharField(max_length=32, blank=True)  # contracts FaultCause; "" = not judged yet
    course = models.CharField(max_length=16, choices=Course.choices, blank=True)  # "" = not judged yet
    clauses = models.JSONField(default=list)  # what the engineer's answer rests on
    reason = models.JSONField(default=dict)  # {"tr": ..., "en": ...}, as the customer is told
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=150)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    new_serial = models.CharField(max_length=64, blank=True)  # of the part or unit that took its place
    new_unit = models.ForeignKey(
        "fleet.Unit", null=True, on_delete=models.PROTECT, related_name="replaced_others"
    )
    return_due_on = models.DateField(null=True)  # advance only: when the faulty one should be back

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "part"],
                condition=~models.Q(state__in=["refused", "withdrawn", "closed"]),
                name="one_replacement_a_part",
            )
        ]
        indexes = [models.Index(fields=["state", "state_at"], name="replacement_queue")]

    def __str__(self) -> str:
        return self.number or "RMA"


class ReplacementStep(models.Model):
    """What happened to a replacement: the state it came to, by whom, and what was said of it."""

    replacement = models.ForeignKey(Replacement, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=Replacement.State.choices)
    actor = models.CharField(max_length=150)
    detail = models.JSONField(default=dict)
