"""Contract facts in the admin, to look at: they are appended by `logix-server contract`."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.contracts.models import (
    PackagePurchase,
    ProductLifecycle,
    Purchase,
    UpdateRenewal,
    WarrantyExtension,
)

_SEARCH = ("installation__name", "installation__customer__name")


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin[Purchase]):
    list_display = ("installation", "purchased_on", "hardware", "recorded_at", "recorded_by")
    list_filter = ("hardware",)
    list_select_related = ("installation__customer",)
    search_fields = _SEARCH
    ordering = ("-id",)


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
