"""The authority and its certificates in the admin, to look at; tokens and keys are not shown."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.pki.models import Authority, Certificate, StatementKey, TrustBundleVersion


@admin.register(Authority)
class AuthorityAdmin(ReadOnlyAdmin[Authority]):
    list_display = ("generation", "state", "created_at", "state_at")
    ordering = ("-generation",)


@admin.register(TrustBundleVersion)
class TrustBundleVersionAdmin(ReadOnlyAdmin[TrustBundleVersion]):
    list_display = ("version", "created_at")
    ordering = ("-version",)


@admin.register(StatementKey)
class StatementKeyAdmin(ReadOnlyAdmin[StatementKey]):
    list_display = ("key_id", "since_version", "created_at", "retired_at")
    ordering = ("-created_at",)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin[Certificate]):
    list_display = ("serial_number", "device_id", "state", "not_after", "generation", "issued_at")
    list_filter = ("state", "generation")
    search_fields = ("serial_number", "device_id")
    ordering = ("-issued_at",)
