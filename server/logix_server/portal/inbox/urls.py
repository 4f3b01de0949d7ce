"""Addresses of the inbox."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.inbox.listing import listed
from logix_server.portal.inbox.views import act, shown

urlpatterns = [
    path("", listed, name="inbox"),
    path("<int:mail_id>/", shown, name="mail"),
    path("<int:mail_id>/<slug:what>/", act, name="mail-act"),
]
