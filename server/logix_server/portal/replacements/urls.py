"""Addresses of replacements."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.replacements.acts import act
from logix_server.portal.replacements.asking import ask
from logix_server.portal.replacements.listing import listed
from logix_server.portal.replacements.views import shown

urlpatterns = [
    path("", listed, name="replacements"),
    path("new/", ask, name="replacement-new"),
    path("<slug:number>/", shown, name="replacement"),
    path("<slug:number>/<slug:what>/", act, name="replacement-act"),
]
