"""Installations, units, what they told of themselves, and orders to them."""

from __future__ import annotations

from django.db import models


class Installation(models.Model):
    """A place at a customer: its contract, tickets and history outlive the unit that stands there."""

    customer = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="installations"
    )
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "name"], name="installation_name")]

    def __str__(self) -> str:
        return f"{self.customer} / {self.name}"


class Unit(models.Model):
    """A piece of hardware with a serial. `device_id` is its opaque id on the wire and in certificates."""

    class State(models.TextChoices):
        REGISTERED = "registered"
        ACTIVE = "active"  # has enrolled
        CONFLICT = "conflict"  # two live streams of one identity; an operator decides
        REVOKED = "revoked"
        DECOMMISSIONED = "decommissioned"

    device_id = models.CharField(max_length=32, unique=True)
    serial = models.CharField(max_length=64, unique=True)
    model = models.CharField(max_length=100)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, related_name="units")
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    state_reason = models.CharField(max_length=200, blank=True)
    registered_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.serial


class Presence(models.Model):
    """The newest stream of a unit and when it was last heard. One row a unit, written by the gateways."""

    unit = models.OneToOneField(Unit, primary_key=True, on_delete=models.CASCADE, related_name="presence")
    gateway_id = models.CharField(max_length=64, db_index=True)
    stream_id = models.CharField(max_length=32, db_index=True)
    certificate_serial = models.CharField(max_length=40)
    boot_id = models.CharField(max_length=64)
    agent_version = models.CharField(max_length=64)
    capabilities = models.JSONField(default=list)
    protocol = models.PositiveSmallIntegerField()
    trust_version = models.PositiveIntegerField()
    connected_at = models.DateTimeField()
    disconnected_at = models.DateTimeField(null=True)  # None while the stream is thought to live
    last_seen_at = models.DateTimeField(db_index=True)
    skew_us = models.BigIntegerField()  # device wall clock minus ours at the last look
    silent_since = models.DateTimeField(null=True)  # set when judged silent, None when heard again
    silence_reported_at = models.DateTimeField(null=True)


class SpoolPosition(models.Model):
    """Newest applied sequence of one spool of one unit: what makes every entry apply once."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE)
    spool_id = models.CharField(max_length=32)  # hexadecimal
    sequence = models.PositiveBigIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "spool_id"], name="spool_of_unit")]


class Inventory(models.Model):
    """What a unit said it consists of; a row a change, the newest holds."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="inventories")
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    product_version = models.CharField(max_length=128, blank=True)
    patch_level = models.CharField(max_length=128, blank=True)
    content = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["unit", "-received_at"], name="inventory_newest")]


class Watching(models.Model):
    """What a unit last told of its own watching: what it cannot judge, and its own maintenance window."""

    unit = models.OneToOneField(Unit, primary_key=True, on_delete=models.CASCADE, related_name="watching")
    told_at = models.DateTimeField()  # when it first told so
    cannot_tell = models.JSONField(default=list)  # [{"component", "part", "reason"}], "" = all of it
    maintenance = models.JSONField(null=True)  # {"since", "until", "why", "by"}, reckoned by our clock


class Order(models.Model):
    """Something a device is to do. A row first, a doorbell second; sent until answered or expired."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DONE = "done"
        FAILED = "failed"
        EXPIRED = "expired"

    class Kind(models.TextChoices):
        REPORT_FULL_STATE = "report-full-state"
        RENEW_CERTIFICATE = "renew-certificate"
        COLLECT_DIAGNOSTICS = "collect-diagnostics"

    order_id = models.CharField(max_length=32, primary_key=True)  # hexadecimal
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="orders")
    kind = models.CharField(max_length=32, choices=Kind.choices)
    payload = models.JSONField(default=dict)  # what the kind of order tells the device besides
    state = models.CharField(max_length=16, choices=State.choices, db_index=True)
    state_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=500, blank=True)


class GatewayRun(models.Model):
    """One life of one gateway process. Its uptime is [started_at, beat_at]: silence counts only inside."""

    run_id = models.CharField(max_length=32, primary_key=True)
    gateway_id = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)
    stopped_at = models.DateTimeField(null=True)


class Incident(models.Model):
    """Something of ours, not of one customer: many devices silent at once."""

    kind = models.CharField(max_length=32)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    detail = models.JSONField(default=dict)
