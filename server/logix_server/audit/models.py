"""The audit: plain inserts; one job seals batches into a hash chain."""

from __future__ import annotations

from django.db import models


class Seal(models.Model):
    """A batch of records bound to all before it. `digest` covers the previous digest and the batch."""

    first_id = models.PositiveBigIntegerField()
    last_id = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()


class Record(models.Model):
    """Who did what to what, when; never changed after the insert but for its seal."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=150)  # "operator:ayse", "device:<id>", "system:jobs"
    action = models.CharField(max_length=64)  # "unit.revoke"
    subject = models.CharField(max_length=200)  # "unit:LGX123"
    detail = models.JSONField(default=dict)
    seal = models.ForeignKey(Seal, null=True, on_delete=models.PROTECT, related_name="records")
    digest = models.CharField(max_length=64, blank=True)  # set with the seal: previous digest and this record
