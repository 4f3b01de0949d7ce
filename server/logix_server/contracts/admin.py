"""Contract facts in the admin, to look at: they are appended by `logix-server contract`."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.contracts.entitlement_admin import PurchaseAdmin
from logix_server.contracts.models import (
    Closure,
    ClosureWithdrawal,
    HardwareOwnership,
    PackagePurchase,
    PatchGrant,
    ProductLifecycle,
    ProductVendor,
    Purchase,
    Reminder,
    UpdateRenewal,
    VersionRelease,
    WarrantyExtension,
    Withdrawal,
)
from logix_server.contracts.working_time.closure_admin import ClosureAdmin, ClosureWithdrawalAdmin

admin.site.register(Closure, ClosureAdmin)
admin.site.register(ClosureWithdrawal, ClosureWithdrawalAdmin)
admin.site.register(Purchase, PurchaseAdmin)

_SEARCH = ("installation__name", "installation__customer__name")


@admin.register(PackagePurchase)
class PackagePurchaseAdmin(ReadOnlyAdmin[PackagePurchase]):
    list_display = ("installation", "package", "starts_on", "years", "recorded_at", "recorded_by")
    list_filter = ("package", "years")
    list_select_related = ("installation__customer",)
    search_fields = _SEARCH
    ordering = ("-id",)


@admin.register(UpdateRenewal)
class UpdateRenewalAdmin(ReadOnlyAdmin[UpdateRenewal]):
    list_display = ("installation", "starts_on", "years", "recorded_at", "recorded_by")
    list_select_related = ("installation__customer",)
    search_fields = _SEARCH
    ordering = ("-id",)


@admin.register(WarrantyExtension)
class WarrantyExtensionAdmin(ReadOnlyAdmin[WarrantyExtension]):
    list_display = ("installation", "starts_on", "recorded_at", "recorded_by")
    list_select_related = ("installation__customer",)
    search_fields = _SEARCH
    ordering = ("-id",)


@admin.register(ProductLifecycle)
class ProductLifecycleAdmin(ReadOnlyAdmin[ProductLifecycle]):
    list_display = ("model", "end_of_sale_on", "end_of_life_on", "recorded_at", "recorded_by")
    search_fields = ("model",)
    ordering = ("-id",)


@admin.register(HardwareOwnership)
class HardwareOwnershipAdmin(ReadOnlyAdmin[HardwareOwnership]):
    list_display = ("installation", "starts_on", "hardware", "recorded_at", "recorded_by")
    list_filter = ("hardware",)
    list_select_related = ("installation__customer",)
    search_fields = _SEARCH
    ordering = ("-id",)


@admin.register(PatchGrant)
class PatchGrantAdmin(ReadOnlyAdmin[PatchGrant]):
    list_display = (
        *("installation", "starts_on", "last_day", "granted_by", "why"),
        *("recorded_at", "recorded_by"),
    )
    list_select_related = ("installation__customer",)
    search_fields = _SEARCH
    ordering = ("-id",)


@admin.register(ProductVendor)
class ProductVendorAdmin(ReadOnlyAdmin[ProductVendor]):
    list_display = ("model", "vendor", "recorded_at", "recorded_by")
    list_filter = ("vendor",)
    search_fields = ("model",)
    ordering = ("-id",)


@admin.register(VersionRelease)
class VersionReleaseAdmin(ReadOnlyAdmin[VersionRelease]):
    list_display = ("model", "version", "released_on", "recorded_at", "recorded_by")
    search_fields = ("model", "version")
    ordering = ("-id",)


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin[Withdrawal]):
    list_display = ("id", "kind", "fact_id", "reason", "recorded_at", "recorded_by")
    list_filter = ("kind",)
    ordering = ("-id",)


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin[Reminder]):
    list_display = ("installation", "what", "last_day", "step", "recorded_at")
    list_filter = ("what", "step")
    list_select_related = ("installation__customer",)
    search_fields = _SEARCH
    ordering = ("-id",)
