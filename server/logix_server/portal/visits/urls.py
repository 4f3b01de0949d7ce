"""Addresses of visits and agreements."""

from __future__ import annotations

from django.urls import path

from logix_server.portal.visits.acts import act, ask
from logix_server.portal.visits.listing import agreements, listed
from logix_server.portal.visits.views import shown

urlpatterns = [
    path("visits/", listed, name="visits"),
    path("visits/new/", ask, name="visit-new"),
    path("visits/<slug:number>/", shown, name="visit"),
    path("visits/<slug:number>/<slug:what>/", act, name="visit-act"),
    path("agreements/", agreements, name="agreements"),
]
