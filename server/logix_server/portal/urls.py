"""Every address of the web role."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path
from logix_common.clock import SystemClock

from logix_server.portal.health import HealthCheck
from logix_server.portal.views import LogIn, overview

urlpatterns = [
    path("", overview, name="overview"),
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="/login/"), name="logout"),
    path("healthz", HealthCheck(SystemClock()), name="healthz"),
    path("admin/", admin.site.urls),
]
