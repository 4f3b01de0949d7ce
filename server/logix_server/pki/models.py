"""Certificates, enrolment tokens and trust bundles. Private keys are files (`pki.store`), never rows."""

from __future__ import annotations

from django.db import models


class Authority(models.Model):
    """One generation of the internal CA: a root and the issuing CA below it."""

    class State(models.TextChoices):
        NEXT = "next"  # trusted by devices, not issuing yet
        ISSUING = "issuing"  # exactly one
        RETIRING = "retiring"  # still trusted, no longer issuing
        RETIRED = "retired"  # out of the trust bundle

    generation = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=16, choices=State.choices)
    root_pem = models.TextField()
    issuing_pem = models.TextField()
    created_at = models.DateTimeField()
    state_at = models.DateTimeField()


class TrustBundleVersion(models.Model):
    """What devices trust, as they were sent it; the highest version holds."""

    version = models.PositiveIntegerField(primary_key=True)
    ca_pem = models.TextField()
    statement_keys_pem = models.TextField(default="", blank=True)
    statement_endorsements = models.JSONField(default=list)  # [{"key_id", "signature" in base64}]
    created_at = models.DateTimeField()


class StatementKey(models.Model):
    """The public part of a key that signs module statements; the newest that a device knows signs for it."""

    key_id = models.CharField(max_length=32, primary_key=True)
    public_pem = models.TextField()
    since_version = models.PositiveIntegerField()  # of the first trust bundle that holds it
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # out of the trust bundle


class Certificate(models.Model):
    """A device certificate that was issued. `device_id` is the opaque id in its SAN."""

    class State(models.TextChoices):
        ISSUED = "issued"  # candidate: never used yet
        ACTIVE = "active"  # has connected
        SUPERSEDED = "superseded"  # a newer one has connected
        REVOKED = "revoked"

    serial_number = models.CharField(max_length=40, primary_key=True)  # lower-case hexadecimal
    device_id = models.CharField(max_length=32, db_index=True)
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    state_reason = models.CharField(max_length=200, blank=True)
    generation = models.PositiveIntegerField(default=1)  # of the authority that issued it
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    issued_at = models.DateTimeField()
    public_key_sha256 = models.CharField(max_length=64)
    pem = models.TextField()


class EnrolmentToken(models.Model):
    """A one-time token, stored hashed, bound to one device id."""

    token_sha256 = models.CharField(max_length=64, primary_key=True)
    device_id = models.CharField(max_length=32, db_index=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    certificate = models.ForeignKey(Certificate, null=True, on_delete=models.PROTECT)
