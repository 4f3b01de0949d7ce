"""The outbox: effects decided in one transaction, run after its commit, at least once, idempotently."""

from __future__ import annotations

from django.db import models


class Effect(models.Model):
    """One thing to do. `key` makes it unique where the same decision may be taken twice."""

    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=200, null=True, unique=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    run_after = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["run_after", "id"], condition=models.Q(done_at__isnull=True), name="effect_waiting"
            )
        ]


class Lease(models.Model):
    """Who runs a periodic job: held by `holder` until `expires_at`, taken over when it runs out."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
