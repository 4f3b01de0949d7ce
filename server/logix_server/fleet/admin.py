"""Installations, units and what they told in the admin, to look at."""

from __future__ import annotations

from django.contrib import admin

from logix_server.administration import ReadOnlyAdmin
from logix_server.fleet.models import (
    GatewayRun,
    Incident,
    Installation,
    Inventory,
    Order,
    Presence,
    Unit,
)


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin[Installation]):
    list_display = ("name", "customer", "created_at")
    list_select_related = ("customer",)
    search_fields = ("name", "customer__name")


@admin.register(Unit)
class UnitAdmin(ReadOnlyAdmin[Unit]):
    list_display = ("serial", "model", "installation", "state", "state_at", "state_reason")
    list_filter = ("state", "model")
    list_select_related = ("installation__customer",)
    search_fields = ("serial", "device_id", "installation__name", "installation__customer__name")
    ordering = ("serial",)


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin[Presence]):
    list_display = ("unit", "gateway_id", "last_seen_at", "silent_since", "agent_version", "trust_version")
    list_filter = ("gateway_id", "agent_version", "trust_version")
    list_select_related = ("unit",)
    search_fields = ("unit__serial",)
    ordering = ("-last_seen_at",)


@admin.register(Inventory)
class InventoryAdmin(ReadOnlyAdmin[Inventory]):
    list_display = ("unit", "received_at", "product_version", "patch_level")
    list_select_related = ("unit",)
    search_fields = ("unit__serial", "product_version", "patch_level")
    ordering = ("-id",)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin[Order]):
    list_display = ("order_id", "unit", "kind", "state", "created_at", "created_by", "attempts")
    list_filter = ("kind", "state")
    list_select_related = ("unit",)
    search_fields = ("unit__serial", "order_id")
    ordering = ("-created_at",)


@admin.register(GatewayRun)
class GatewayRunAdmin(ReadOnlyAdmin[GatewayRun]):
    list_display = ("gateway_id", "run_id", "started_at", "beat_at", "stopped_at")
    ordering = ("-started_at",)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin[Incident]):
    list_display = ("id", "kind", "opened_at", "closed_at")
    list_filter = ("kind",)
    ordering = ("-opened_at",)
