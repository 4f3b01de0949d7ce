"""Rotas with their weekly shifts and dated overrides; pages, and every try to reach a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Rota(models.Model):
    """Who is called in turn for some packages. A lower `tier` is called first."""

    name = models.CharField(max_length=100, unique=True)
    packages = models.JSONField(default=list)  # ["profesyonel"]
    tier = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("tier", "name")

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """Hours of a weekday, Europe/Istanbul wall time, every so many weeks. What an end has passed stays."""

    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, related_name="shifts")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="shifts")
    weekday = models.PositiveSmallIntegerField()  # 0 = Monday
    start_minute = models.PositiveSmallIntegerField()  # from 00:00
    end_minute = models.PositiveSmallIntegerField()  # not after the start: of the next day
    every_weeks = models.PositiveSmallIntegerField(default=1)
    starts_on = models.DateField()  # the week of this day is the first
    ends_on = models.DateField(null=True)  # the last day on which it may begin; None = until changed
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        ordering = ("id",)


class Override(models.Model):
    """For a time, another person instead: a swap, a holiday. Never deleted, only withdrawn."""

    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, related_name="overrides")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # None = nobody in their place.
    person = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="rota_overrides"
    )
    # None = in place of whoever has the shift.
    replaces = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="rota_absences"
    )
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="override_order")
        ]


class Page(models.Model):
    """Somebody is called because of something, until a person says that they have taken it up."""

    class State(models.TextChoices):
        CALLING = "calling"
        EXHAUSTED = "exhausted"
        ACKNOWLEDGED = "acknowledged"
        CANCELLED = "cancelled"

    key = models.CharField(max_length=200, unique=True)  # the same decision twice is one page
    about = models.CharField(max_length=100)  # "ticket:LGX-2026-000123"; one open page each
    text = models.JSONField(default=dict)  # {"tr": ..., "en": ...}
    package = models.CharField(max_length=16, blank=True)  # whose rota is climbed; "" = nobody's
    first = models.JSONField(default=list)  # ids of people who are called before the rota
    drill = models.BooleanField(default=False)  # a test: calls its person once, climbs nothing
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    steps = models.PositiveIntegerField(default=0)  # how many were taken
    rounds = models.PositiveIntegerField(default=0)  # how often everyone was called
    next_at = models.DateTimeField(null=True)  # of the next step; None = ended
    created_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="acknowledged_pages"
    )
    why = models.CharField(max_length=200, blank=True)  # how it was acknowledged, why cancelled

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["about"], condition=Q(state__in=["calling", "exhausted"]), name="one_open_page"
            )
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="page_next"),
            models.Index(fields=["about", "id"], name="page_about"),
        ]


class PageTry(models.Model):
    """One request to one channel for one person; at most one leaves for a row, whatever dies when."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        DROPPED = "dropped"

    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="tries")
    step = models.PositiveIntegerField()
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="page_tries")
    channel = models.CharField(max_length=16)
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=16, choices=State.choices)
    run_after = models.DateTimeField()
    at = models.DateTimeField()  # of the state
    outcome = models.CharField(max_length=300, blank=True)  # what the channel said

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page", "step", "person", "channel", "attempt"], name="page_try_once"
            )
        ]
        indexes = [models.Index(fields=["state", "run_after"], name="page_try_waiting")]
