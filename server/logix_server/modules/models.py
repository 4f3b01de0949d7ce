"""Module statements that were issued, what units told of them, and whose contract has changed since."""

from __future__ import annotations

from django.db import models


class ModuleStatement(models.Model):
    """A signed statement for one device identity, exactly as it is sent. Never changed."""

    class State(models.TextChoices):
        RUNS = "runs"
        GRACE = "grace"
        DISABLED = "disabled"

    unit = models.ForeignKey("fleet.Unit", on_delete=models.PROTECT, related_name="module_statements")
    device_id = models.CharField(max_length=32)
    counter = models.PositiveBigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices)
    turns_off = models.BooleanField()  # the one before it let run what this one disables
    lapse_seen_on = models.DateField(null=True)
    digest = models.CharField(max_length=64)  # of the content without counter and time
    payload = models.BinaryField()
    signature = models.BinaryField()
    key_id = models.CharField(max_length=32)
    issued_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device_id", "counter"], name="statement_counter")]


class ModuleReport(models.Model):
    """What a unit last told of its modules."""

    unit = models.OneToOneField(
        "fleet.Unit", primary_key=True, on_delete=models.CASCADE, related_name="module_report"
    )
    device_id = models.CharField(max_length=32)
    counter = models.PositiveBigIntegerField()
    problem = models.CharField(max_length=500, blank=True)
    modules = models.JSONField(default=list)
    told_at = models.DateTimeField()  # when it first told so


class ModuleReview(models.Model):
    """Something changed that bears on an installation's statement; a row a change, gone once reviewed."""

    installation = models.ForeignKey("fleet.Installation", on_delete=models.CASCADE)
    asked_at = models.DateTimeField()
