"""Faults and packed health. Reports and rollups have keys of their own; see `health.store`."""

from __future__ import annotations

from django.db import models


class Report(models.Model):
    """One packed health report. Written and read by `health.store` only, never through the ORM.

    `packed` is a logix.wire.v1.HealthReport as the device sent it.
    """

    pk = models.CompositePrimaryKey("unit_id", "observed_us")
    unit_id = models.BigIntegerField()
    observed_us = models.BigIntegerField()  # reckoned server time, µs
    received_us = models.BigIntegerField()
    device_us = models.BigIntegerField()  # the device's own clock
    packed = models.BinaryField()

    class Meta:
        # The migration makes the table in SQL: WITHOUT ROWID on SQLite.
        db_table = "health_report"


class InboxReport(models.Model):
    """A report that was just taken in, in the order of arrival. Written and read by `health.inbox` only.

    Appending costs a tenth of inserting at (unit, time); a job moves what lies here to `Report`.
    """

    id = models.BigAutoField(primary_key=True)
    unit_id = models.BigIntegerField()
    observed_us = models.BigIntegerField()
    received_us = models.BigIntegerField()
    device_us = models.BigIntegerField()
    packed = models.BinaryField()

    class Meta:
        # The migration makes the table in SQL: without AUTOINCREMENT on SQLite.
        db_table = "health_inbox"


class Rollup(models.Model):
    """One hour of one unit, packed by `health.packing`."""

    pk = models.CompositePrimaryKey("unit_id", "hour")
    unit_id = models.BigIntegerField()
    hour = models.BigIntegerField()  # hours since the epoch
    packed = models.BinaryField()

    class Meta:
        db_table = "health_rollup"


class Unrolled(models.Model):
    """An hour of a unit that has reports no rollup holds yet. Written by `health.store` with the reports."""

    pk = models.CompositePrimaryKey("hour", "unit_id")
    hour = models.BigIntegerField()
    unit_id = models.BigIntegerField()

    class Meta:
        db_table = "health_unrolled"


class Suppression(models.Model):
    """Findings of a unit that are kept back for a time: muted by a person, or in a maintenance window.

    A mute is of one part or all (""), of one code or all (""), and of what is no graver than `severity`
    and `urgent`. A window is of everything.
    """

    class Kind(models.TextChoices):
        MUTE = "mute"
        MAINTENANCE = "maintenance"

    class State(models.TextChoices):
        STANDING = "standing"
        LIFTED = "lifted"  # by a person, before its time
        OVER = "over"  # by time

    unit = models.ForeignKey("fleet.Unit", on_delete=models.PROTECT, related_name="suppressions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    part = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=64, blank=True)
    severity = models.PositiveSmallIntegerField()
    urgent = models.BooleanField()
    why = models.CharField(max_length=500)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    state_by = models.CharField(max_length=150)
    state_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=models.Q(kind="maintenance", state="standing"),
                name="one_maintenance_window",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="suppression_of_unit"),
            models.Index(fields=["until"], condition=models.Q(state="standing"), name="suppression_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Fault(models.Model):
    """A health record: one while open per unit, part and code. Opened and closed by findings alone."""

    class State(models.TextChoices):
        OPEN = "open"
        RECOVERED = "recovered"

    unit = models.ForeignKey("fleet.Unit", on_delete=models.PROTECT, related_name="faults")
    installation = models.ForeignKey("fleet.Installation", on_delete=models.PROTECT, related_name="faults")
    finding_id = models.CharField(max_length=32)
    component = models.CharField(max_length=32)
    part = models.CharField(max_length=200)
    code = models.CharField(max_length=64)
    severity = models.PositiveSmallIntegerField()  # PRI-4: 1, 2 or 3
    worst_severity = models.PositiveSmallIntegerField()
    # Redundancy is lost on a system that runs (PRI-4): the severity stays, it cannot wait.
    urgent = models.BooleanField(default=False)
    # An early sign that may be old history (the device's judgement): no ticket until it is raised.
    watched = models.BooleanField(default=False)
    # What keeps it back, or kept it back to its end: no ticket while it does.
    suppressed_by = models.ForeignKey(
        Suppression, null=True, on_delete=models.PROTECT, related_name="faults", db_index=False
    )
    state = models.CharField(max_length=16, choices=State.choices)
    raised_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True)
    repeats = models.PositiveIntegerField(default=0)
    device_time = models.DateTimeField()  # the device's own clock when it raised
    skew_us = models.BigIntegerField()
    evidence = models.JSONField(default=list)
    related_parts = models.JSONField(default=list)
    identity = models.JSONField(default=dict)
    # The contract's answer, once given (by the tickets slice, through `health.actions`).
    covered = models.BooleanField(null=True)
    clauses = models.JSONField(default=list)
    reason = models.JSONField(default=dict)  # {"tr": ..., "en": ...}
    ticket_number = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "part", "code"],
                condition=models.Q(state="open"),
                name="one_open_fault",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "-raised_at"], name="fault_newest"),
            models.Index(fields=["unit", "state"], name="fault_standing"),  # read with every batch
            models.Index(
                fields=["suppressed_by"],
                condition=models.Q(state="open", suppressed_by__isnull=False),
                name="fault_kept_back",
            ),
        ]


class FaultFinding(models.Model):
    """Every finding id a unit ever used, so that each is applied once, in whatever order it comes.

    `fault` is None for a finding whose clearing came before its raise; `cleared_at` says since when.
    """

    unit = models.ForeignKey("fleet.Unit", on_delete=models.CASCADE)
    finding_id = models.CharField(max_length=32)
    fault = models.ForeignKey(Fault, null=True, on_delete=models.CASCADE, related_name="findings")
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "finding_id"], name="finding_once")]


class FaultEvent(models.Model):
    """What happened to a fault, append-only."""

    fault = models.ForeignKey(Fault, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16)  # health.judgement.FaultEventKind
    detail = models.JSONField(default=dict)
