"""Organisations in the admin: the one thing that may be edited there, with its audit record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils import timezone

from logix_server.accounts.actions import save_organisation
from logix_server.accounts.models import Organisation
from logix_server.accounts.sign_in.sign_ins import actor

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Organisation]
else:
    Base = admin.ModelAdmin

# Users follow from people, on pages and by commands that keep the rules, the rights and the audit.
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(Organisation)
class OrganisationAdmin(Base):
    list_display = ("name", "kind", "email", "language", "dealer", "created_at")
    list_filter = ("kind", "language")
    list_select_related = ("dealer",)
    search_fields = ("name", "email")
    fields = ("kind", "name", "email", "language", "dealer", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Organisation | None = None) -> tuple[str, ...]:  # noqa: ARG002  Django's signature
        return ("created_at",) if obj is None else ("kind", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:  # noqa: ARG002  as above
        return False

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:  # noqa: ARG002  as above
        by = actor(request.user)
        save_organisation(obj, form.changed_data, by=by, now=timezone.now())
